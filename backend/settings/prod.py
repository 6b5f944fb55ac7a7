"""A real deployment: nothing secret or local has a default."""

import os

from django.core.exceptions import ImproperlyConfigured

from backend.settings.base import *  # noqa: F403
from backend.settings.base import connect_databases

for name in ("DATABASE_URL", "ALLOWED_HOSTS"):
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name} must be set.")
if not (os.environ.get("NAAST_SECRETS") or os.environ.get("NAAST_SECRETS_JSON")):
    raise ImproperlyConfigured("NAAST_SECRETS (or NAAST_SECRETS_JSON) must be set.")

connect_databases(os.environ["DATABASE_URL"], os.environ.get("KEYSTORE_URL", ""))
