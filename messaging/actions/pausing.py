"""A group rests while everybody who leads it is away, or nobody is there to look, and says why; it opens by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When

from backend.core.db import write
from backend.core.streams.append import append
from messaging import away, events
from messaging.actions.locks import hold_conversations
from messaging.models import Group, Membership

AT_ONCE = 50


def settle_pauses(*, now: datetime) -> int:
    """Let groups rest, or open them, as it is true now; → how many were looked at.

    By a clock and not at once: when somebody comes back, or a duty begins, no row changes, and the lock of an account
    shows in each place in its own time (`dormant`).
    """
    return sum(_settle(group, now=now) for group in list(_unsettled(now).values_list("pk", flat=True)[:AT_ONCE]))


@write
def _settle(group: UUID, *, now: datetime) -> int:
    hold_conversations(group)
    there = _unsettled(now).filter(pk=group).first()
    if there is not None:
        there.paused_why = there.wanted
        there.paused_at = (there.paused_at or now) if there.wanted else None
        there.version += 1
        there.save(update_fields=["paused_at", "paused_why", "version"])
        append(stream=group, kind=events.CONVERSATION_CHANGED, at=now)
    return 1


def _unsettled(now: datetime) -> QuerySet[Any]:
    """Open groups that should rest and do not, or do and should not, or not for that reason; `wanted` is why.

    One that nobody leads is announced to close, and rests only while nobody watches.
    """
    leads = Membership.objects.filter(conversation=OuterRef("pk"), state="active", part=Membership.Part.LEAD)
    there = leads.filter(dormant=False)
    for roles in away.roles_away(at=now):
        there = there.exclude(peer__in=roles)
    why = [When(Exists(leads) & ~Exists(there), then=Value(Group.Pause.LEADS_AWAY))]
    if not away.is_watched(at=now):
        here = there.exclude(peer__in=away.roles_off(at=now))
        why.append(When(~Exists(here), then=Value(Group.Pause.UNWATCHED)))
    found = Group.objects.filter(conversation__closed_at=None)
    wanted = Case(*why, default=Value(""), output_field=CharField())
    return found.annotate(wanted=wanted).exclude(paused_why=F("wanted")).order_by("pk")
