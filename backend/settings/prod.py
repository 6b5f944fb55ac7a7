"""A real deployment: nothing secret or local has a default."""

import os

from django.core.exceptions import ImproperlyConfigured

from backend.settings.base import *  # noqa: F403
from backend.settings.base import connect_databases

for name in ("DATABASE_URL", "NAAST_SECRETS", "ALLOWED_HOSTS"):
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name} must be set.")

connect_databases(os.environ["DATABASE_URL"], os.environ.get("KEYSTORE_URL", ""))
