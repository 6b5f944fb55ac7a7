"""A developer's machine and `make run`: the embedded database unless DATABASE_URL is set."""

import os
from importlib.util import find_spec

from backend.settings.base import *  # noqa: F403
from backend.settings.base import ALLOWED_HOSTS, INSTALLED_APPS, NAAST_VAR, SECRETS_FILE, connect_databases
from infra.embedded import postgres

ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
SECRETS_FILE = SECRETS_FILE or str(NAAST_VAR / "secrets.json")
if find_spec("django_linear_migrations"):  # not installed by `make run`
    INSTALLED_APPS = [*INSTALLED_APPS, "django_linear_migrations"]

connect_databases(
    os.environ.get("DATABASE_URL") or postgres.build_url(NAAST_VAR / "postgres", "naast"),
    os.environ.get("KEYSTORE_URL", ""),
)
