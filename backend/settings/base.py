"""What every deployment shares. Names of settings and of environment variables are the same."""

import os
from pathlib import Path
from typing import Any

from backend.settings import logs
from backend.settings.databases import parse_database

BASE_DIR = Path(__file__).resolve().parents[2]


def read_list(name: str) -> list[str]:
    """Read a comma-separated environment variable."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


# No SECRET_KEY: Django signs nothing here, and reading it fails loudly. All keys lie in the keyring.
DEBUG = False
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS")
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "backend.core",
    "backend.core.accounts",
    "backend.core.streams",
    "backend.core.sealing",
    "backend.core.staff",
    "backend.core.console",
    "backend.core.push",
    "backend.core.exports",
    "backend.core.erasure",
    "messaging",
    "peers.journeys",
    "peers.directory",
    "peers.profiles",
    "peers.experts",
    "peers.contacts",
    "peers.matching",
    "peers.console",
    "moderation",
    "moderation.console",
    "peers.referrals",
    "peers.checkins",
]
AUTH_USER_MODEL = "accounts.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MIDDLEWARE = ["backend.core.http.middleware.EdgeMiddleware"]
ROOT_URLCONF = "backend.urls"
ASGI_APPLICATION = "backend.asgi.application"
APPEND_SLASH = False
STATIC_URL = "/static/"
# The edge middleware sets the headers; the API has no cookies, so no CSRF; the console has its own of both
# (backend/core/console/visits.py); nothing is signed by Django.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W003", "security.W009"]

DATABASES: dict[str, dict[str, Any]] = {}
DATABASE_ROUTERS = ["backend.core.sealing.router.KeystoreRouter"]


def connect_databases(database_url: str, keystore_url: str = "", *, pooled: bool = True) -> None:
    """Set both aliases; the keystore defaults to the same server, database name + `_keystore`."""
    DATABASES["default"] = parse_database(database_url, pool_size=8 if pooled else 0)
    DATABASES["keystore"] = parse_database(keystore_url or database_url, pool_size=4 if pooled else 0)
    if not keystore_url:
        DATABASES["keystore"]["NAME"] += "_keystore"


USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("nl", "Nederlands"),
    ("en", "English"),
    ("es", "Español"),
    ("ro", "Română"),
    ("bg", "Български"),
    ("hu", "Magyar"),
]
LOCALE_PATHS = [BASE_DIR / "backend" / "locale"]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["backend.core.http.body.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backend.core.http.body.JsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["backend.core.accounts.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backend.core.accounts.api.authentication.SignedIn"],
    "DEFAULT_SCHEMA_CLASS": "backend.core.http.schema.Schema",
    "EXCEPTION_HANDLER": "backend.core.http.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Naast",
    "DESCRIPTION": "Peer support that stays: talks, groups and aftercare beside one another.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RecoveryStateEnum": ["asked", "done", "over", "waiting"],
        "ExportStateEnum": ["asked", "failed", "ready"],
        "InviteKindEnum": ["member", "peer_expert", "coordinator"],
        "InviteStateEnum": ["open", "used", "withdrawn", "expired"],
        "ContactPartEnum": ["primary", "backup"],
        "PartEnum": ["lead", "member"],
        "MembershipStateEnum": ["active", "dormant", "left", "removed"],
        "LanguagesEnum": "backend.core.vocabulary.SPOKEN_LANGUAGES",
        "AdmissionStateEnum": ["accepted", "asked", "declined", "withdrawn"],
        "HeldMessageStateEnum": ["lapsed", "released", "returned", "waiting", "withdrawn"],
        "HitKindEnum": ["phone", "mail", "link", "address", "handle", "payment", "recruiting", "client", "drawn"],
        "HelpOfferEnum": ["helplines", "ask_contact"],
        "CheckinStateEnum": ["answered", "lapsed", "open", "paused", "snoozed", "stopped"],
        "WishStateEnum": ["acknowledged", "closed", "unanswered", "waiting", "withdrawn"],
        "StepEnum": ["very_good", "good", "so_so", "bad", "very_bad", "rather_not"],
        "PushTextEnum": ["news", "note", "plan", "tips"],
        "PushTransportEnum": ["fcm", "webpush"],
        "PushKindEnum": ["messages", "groups", "checkins", "contacts", "account"],
        "KindsEnum": [
            "talk",
            "money",
            "housing",
            "housing_urgency",
            "temporary_home",
            "work",
            "work_experience",
            "education",
            "language",
            "job_coaching",
            "addiction",
            "papers",
            "health",
            "legal",
            "meeting",
            "agenda",
        ],
        "DomainsEnum": ["work", "money", "housing", "health", "mind", "people", "safety", "papers"],
        "ReportReasonEnum": [
            "danger",
            "identity",
            "minor",
            "recruiting",
            "threats",
            "client_approach",
            "contempt",
            "spam",
            "other",
            "worried",
        ],
        "ReportStateEnum": "moderation.api.shapes.REPORT_STATES",
        "AppealStateEnum": ["open", "rejected", "upheld"],
        "DecisionStateEnum": ["in_force", "undone"],
        "MeasureStateEnum": ["applied", "asked", "dropped", "over", "undone"],
        "RuleEnum": ["respect", "identity", "safety", "recruiting", "clients", "minors", "spam", "group", "role"],
        "DirectoryPartEnum": ["organisation", "offer"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backend.core.http.schema.tell_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# A body is at most one message of 4,000 characters and its envelope.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
# Where the button "leave this page" of the directory goes: some page that anybody might look at.
LEAVE_TO = os.environ.get("NAAST_LEAVE_TO") or "https://www.knmi.nl/"
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")  # who may read /metrics from another machine
READY_WITHOUT = ""  # a check of /readyz that is left out; for tests only
LOGGING = logs.configure_logs(level=os.environ.get("LOG_LEVEL", "INFO"))

# Where signed checkpoints of the audit go: a file or an https address off this machine. Empty: none are made.
NAAST_CHECKPOINTS = os.environ.get("NAAST_CHECKPOINTS", "")
# Where the ledger of erased accounts is kept beside the databases: a file or an https address. Empty: only in them.
NAAST_ERASURES = os.environ.get("NAAST_ERASURES", "")
REDIS_URL = os.environ.get("REDIS_URL", "")  # empty: in-process ring, limits in a table
# Of one session, on average; a burst may be three seconds' worth.
SOCKET_SENDS_PER_S = float(os.environ.get("NAAST_SOCKET_SENDS_PER_S") or 10)
NAAST_ORIGINS = read_list("NAAST_ORIGINS")  # browsers' origins that may open the socket
# The keyring: a file, or its content itself (one of the two is set).
SECRETS_FILE = os.environ.get("NAAST_SECRETS", "")
SECRETS_JSON = os.environ.get("NAAST_SECRETS_JSON", "")
# Where the embedded database and the development keyring live.
NAAST_VAR = Path(os.environ.get("NAAST_VAR") or BASE_DIR / "var").resolve()

# Push: each part is optional; without any, everything is in the inbox and nobody is woken.
FCM_CREDENTIALS = os.environ.get("NAAST_FCM_CREDENTIALS", "")  # path of the service account's file
VAPID_KEY = os.environ.get("NAAST_VAPID_KEY", "")  # path of a PEM file with a P-256 private key
VAPID_SUBJECT = os.environ.get("NAAST_VAPID_SUBJECT", "")  # mailto: or https:, for the push services' operators
# Where web push may go: those of the browsers, and the UnifiedPush servers that the operator names.
PUSH_HOSTS = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.push.apple.com",
    "*.notify.windows.com",
    *read_list("NAAST_PUSH_HOSTS"),
]
PUSH_LOOPBACK = False  # endpoints on this machine, without TLS; for tests only
PUSH_TIMEOUT_S = 5.0
FCM_URL = ""  # another server than Google's; for tests only
