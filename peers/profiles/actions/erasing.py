"""What is erased of a profile."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part
from peers.profiles.models import Profile


@write
def clear(account: UUID, at: datetime) -> None:
    """Nobody else ever sees it."""
    Profile.objects.filter(account=account).delete()


PART = Part(name="profiles", models={"Profile": WITH_ACCOUNT}, clear=clear)
