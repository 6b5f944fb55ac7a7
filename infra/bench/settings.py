"""Settings of ours under load: as in production, but what limits one client is raised."""

from backend.settings.prod import *  # noqa: F403

SOCKET_SENDS_PER_S = 1_000_000
