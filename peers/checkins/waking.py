"""Whom check-ins and wishes for contact wake: asked when it has happened, and again just before a push goes out.

What is answered or taken back meanwhile wakes nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.push.queries import inboxes_of
from backend.core.push.registry import Place, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from peers.checkins import events as kinds
from peers.checkins.models import Checkin, ContactRequest


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.CHECKIN_DUE], as_kind=Kind.CHECKINS, woken=woken_by_checkins)
    register_woken(kinds=[kinds.CARING_SENT], as_kind=Kind.CHECKINS, woken=woken_by_caring)
    register_woken(kinds=[kinds.REQUEST_CHANGED], as_kind=Kind.CONTACTS, woken=woken_by_requests)


def woken_by_checkins(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member, as long as it waits for an answer."""
    owners = inboxes_of(events)
    asked = set(Checkin.objects.filter(id__in=[e.ref for e in events], state="open").values_list("id", flat=True))
    return {
        (event.stream_id, event.seq): [owners[event.stream_id]]
        for event in events
        if event.ref in asked and event.stream_id in owners
    }


def woken_by_caring(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member."""
    owners = inboxes_of(events)
    return {(e.stream_id, e.seq): [owners[e.stream_id]] for e in events if e.stream_id in owners}


def woken_by_requests(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Whose turn it is, as long as the member waits; the member, once somebody has taken it up or nobody has."""
    owners = inboxes_of(events)
    found = ContactRequest.objects.select_related("holder").in_bulk([event.ref for event in events])
    woken: dict[Place, list[UUID]] = {}
    for event in events:
        request, owner = found.get(event.ref), owners.get(event.stream_id)
        if request is None or owner is None:
            continue
        holds = request.holder is not None and request.holder.account_id == owner
        is_told = request.state in ("acknowledged", "unanswered") and request.account_id == owner
        if is_told or (request.state == "waiting" and holds):
            woken[(event.stream_id, event.seq)] = [owner]
    return woken
