"""What is erased of somebody's journey."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part
from peers.journeys.models import Entry, Goal


@write
def clear(account: UUID, at: datetime) -> None:
    """It was the member's alone; what it was sealed with is gone before."""
    Entry.objects.filter(account=account).delete()
    Goal.objects.filter(account=account).delete()


PART = Part(name="journeys", models={"Entry": WITH_ACCOUNT, "Goal": WITH_ACCOUNT}, clear=clear)
