"""Tests: a connection per thread, so that databases can be cloned and dropped; keys made up by the fixtures."""

import os
from pathlib import Path

from backend.settings.base import *  # noqa: F403
from backend.settings.base import INSTALLED_APPS, connect_databases

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [*INSTALLED_APPS, "django_linear_migrations"]
NAAST_ORIGINS = ["https://naast.test"]
NAAST_SECRETS = Path(os.environ.get("NAAST_SECRETS", "/nonexistent/secrets.json"))
REDIS_URL = ""

# tests/conftest.py points this at its own cluster; nothing connects for lint.
connect_databases(os.environ.get("DATABASE_URL") or "postgres://naast@/naast?host=/nonexistent", pooled=False)
