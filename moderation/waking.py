"""Whom moderation wakes: who is told of a decision, of an answer to an appeal, or because somebody worries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.push.queries import inboxes_of
from backend.core.push.registry import Place, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from moderation import events as kinds
from moderation.models import CareAsk, CareTalk


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.DECISION_MADE], as_kind=Kind.ACCOUNT, woken=woken_by_decisions)
    register_woken(kinds=[kinds.CARE_CHANGED], as_kind=Kind.ACCOUNT, woken=woken_by_care)
    register_woken(kinds=[kinds.CARE_ASKED], as_kind=Kind.CONTACTS, woken=woken_by_asks)


def woken_by_decisions(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Whom it concerns."""
    owners = inboxes_of(events)
    return {(e.stream_id, e.seq): [owners[e.stream_id]] for e in events if e.stream_id in owners}


def woken_by_care(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member, as long as the last thing said is not their own."""
    owners = inboxes_of(events)
    talks = CareTalk.objects.filter(id__in=[event.ref for event in events]).prefetch_related("lines")
    waiting = {talk.id for talk in talks if _last_is_ours(talk)}
    return {(e.stream_id, e.seq): [owners[e.stream_id]] for e in events if e.ref in waiting and e.stream_id in owners}


def woken_by_asks(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The contact person, as long as they have not answered."""
    owners = inboxes_of(events)
    asked = set(CareAsk.objects.filter(id__in=[e.ref for e in events], state="open").values_list("id", flat=True))
    return {(e.stream_id, e.seq): [owners[e.stream_id]] for e in events if e.ref in asked and e.stream_id in owners}


def _last_is_ours(talk: CareTalk) -> bool:
    lines = sorted(talk.lines.all(), key=lambda line: (line.said_at, line.id))
    return bool(lines) and not lines[-1].by_member
