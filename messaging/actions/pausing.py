"""A group rests while everybody who leads it is away, and says so; it opens when one is back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.core.db import write
from backend.core.streams.append import append
from messaging import away, events
from messaging.actions.locks import hold_conversations
from messaging.models import Group, Membership

AT_ONCE = 50


def settle_pauses(*, now: datetime) -> int:
    """Let groups rest, or open them, as it is true now; → how many were looked at.

    By a clock and not at once: when somebody comes back no row changes, and the lock of an account shows in each place
    in its own time (`dormant`).
    """
    return sum(_settle(group, now=now) for group in list(_unsettled(now).values_list("pk", flat=True)[:AT_ONCE]))


@write
def _settle(group: UUID, *, now: datetime) -> int:
    hold_conversations(group)
    there = _unsettled(now).filter(pk=group).first()
    if there is not None:
        there.paused_at = now if there.paused_at is None else None
        there.version += 1
        there.save(update_fields=["paused_at", "version"])
        append(stream=group, kind=events.CONVERSATION_CHANGED, at=now)
    return 1


def _unsettled(now: datetime) -> QuerySet[Group]:
    """Open groups that should rest and do not, or do and should not. One that nobody leads is announced to close."""
    leads = Membership.objects.filter(conversation=OuterRef("pk"), state="active", part=Membership.Part.LEAD)
    there = leads.filter(dormant=False)
    for roles in away.roles_away(at=now):
        there = there.exclude(peer__in=roles)
    rests, opens = Exists(leads) & ~Exists(there), Exists(there) | ~Exists(leads)
    found = Group.objects.filter(conversation__closed_at=None).order_by("pk")
    return found.filter(Q(rests, paused_at=None) | Q(opens, paused_at__isnull=False))
