"""Settings of the workers in the drill: as in production, but that push services are on this machine."""

import os

from backend.settings.prod import *  # noqa: F403

PUSH_LOOPBACK = True
PUSH_TIMEOUT_S = 3.0
FCM_URL = os.environ["DRILL_FCM_URL"]
