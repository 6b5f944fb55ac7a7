"""Whom a referral wakes: its member, when somebody else or time has brought it further."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.push.queries import woken_while
from backend.core.push.registry import Place, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from peers.referrals.events import REFERRAL_CHANGED
from peers.referrals.models import Referral

ANSWERED = ("accepted", "returned", "lapsed")


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[REFERRAL_CHANGED], as_kind=Kind.CONTACTS, woken=woken_by_referrals)


def woken_by_referrals(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member: it was taken on, given back, or nobody answered in time."""
    states = dict(Referral.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    return woken_while(events, states, ANSWERED)
