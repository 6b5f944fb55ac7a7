"""What is erased of a peer expert, and of who has signed for others."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part, kept
from peers.experts.models import Expert, Vetting


@write
def clear(account: UUID, at: datetime) -> None:
    """What they said about themselves."""
    Expert.objects.filter(role__account=account).delete()


def last(account: UUID, at: datetime) -> None:
    """What they have signed for others stays signed, by somebody."""
    Vetting.objects.filter(first_by__account=account).update(first_by=None)
    Vetting.objects.filter(second_by__account=account).update(second_by=None)


PART = Part(
    name="experts",
    models={
        "Checklist": kept("an organisation's"),
        "Expert": WITH_ACCOUNT,
        "Vetting": WITH_ACCOUNT,
    },
    clear=clear,
    last=last,
)
