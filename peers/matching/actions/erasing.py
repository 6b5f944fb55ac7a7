"""What is erased of looking for somebody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part
from peers.matching.models import Request


@write
def clear(account: UUID, at: datetime) -> None:
    """Who was proposed never knew of it."""
    Request.objects.filter(member=account).delete()


PART = Part(name="matching", models={"Request": WITH_ACCOUNT, "Match": WITH_ACCOUNT}, clear=clear)
