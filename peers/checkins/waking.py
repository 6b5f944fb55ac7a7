"""Whom check-ins, shares and wishes for contact wake: asked when it has happened, and again just before a push.

What is answered or taken back meanwhile wakes nobody. Nobody is woken for a check-in outside of the hours of their
plan: push asks for these hours, and takes its own quiet hours out of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from backend.core.push.queries import woken_owners
from backend.core.push.registry import NextOpen, Place, register_hours, register_silent, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from peers.checkins import events as kinds
from peers.checkins.cadence import next_safe
from peers.checkins.models import Checkin, ContactRequest, Plan, Share

TOLD = ("acknowledged", "unanswered")  # what a member who wishes for contact has to know


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.CHECKIN_DUE], as_kind=Kind.CHECKINS, woken=woken_by_checkins)
    register_woken(kinds=[kinds.CARING_SENT], as_kind=Kind.CHECKINS, woken=woken_by_caring)
    register_woken(kinds=[kinds.REQUEST_CHANGED], as_kind=Kind.CONTACTS, woken=woken_by_requests)
    register_woken(kinds=[kinds.SHARE_CHANGED], as_kind=Kind.CONTACTS, woken=woken_by_shares)
    register_silent(kinds=[kinds.CHECKIN_CHANGED], why="one's own doing, or it rests, which asks for nothing")
    register_hours(as_kind=Kind.CHECKINS, hours=hours_of_plans)


def woken_by_checkins(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member, as long as it waits for an answer."""
    asked = set(Checkin.objects.filter(id__in=[e.ref for e in events], state="open").values_list("id", flat=True))
    return woken_owners(events, lambda event, _: event.ref in asked)


def woken_by_caring(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member."""
    return woken_owners(events, lambda *_: True)


def woken_by_requests(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Whose turn it is, as long as the member waits; the member, once somebody has taken it up or nobody is left."""
    found = ContactRequest.objects.select_related("holder").in_bulk([event.ref for event in events])

    def wakes(event: Event, owner: UUID) -> bool:
        request = found.get(event.ref)
        if request is None:
            return False
        holds = request.holder is not None and request.holder.account_id == owner
        return (request.state == "waiting" and holds) or (request.state in TOLD and request.account_id == owner)

    return woken_owners(events, wakes)


def woken_by_shares(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """With whom something is shared, as long as they can read it."""
    shares = Share.objects.filter(id__in=[event.ref for event in events], ended_at=None, expires_at__gt=at)
    readers = dict(shares.values_list("id", "to__account"))
    return woken_owners(events, lambda event, owner: event.ref is not None and readers.get(event.ref) == owner)


def hours_of_plans(accounts: Collection[UUID]) -> Mapping[UUID, NextOpen]:
    """When the member's plan lets them be asked."""
    plans = Plan.objects.in_bulk(list(accounts))
    return {account: partial(next_safe, plan.rhythm) for account, plan in plans.items()}
