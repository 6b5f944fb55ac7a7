"""Tests: their own database (tests/conftest.py sets it), a connection per thread, keys that are no secret."""

import base64
import json

from backend.settings.base import *  # noqa: F403
from backend.settings.base import INSTALLED_APPS, connect_databases

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [*INSTALLED_APPS, "django_linear_migrations"]
NAAST_ORIGINS = ["https://naast.test"]
REDIS_URL = ""
FCM_CREDENTIALS = "/nonexistent"  # set up, and never called: tests that send have a service of their own
READY_WITHOUT = "durability"  # fsync is off
SECRETS_JSON = json.dumps({part: {"1": base64.b64encode(b"t" * 32).decode()} for part in ("kek", "pepper")})

# No such server: tests without a database must not find one by chance.
connect_databases("postgres://naast@/naast?host=/nonexistent", pooled=False)
