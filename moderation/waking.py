"""Whom moderation wakes: who is told of a decision, of an answer, of a question, or because somebody worries.

Who moderates is not woken by the queue: who is on duty is called, see `moderation/actions/duty.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from backend.core.push.queries import woken_owners, woken_while
from backend.core.push.registry import Place, register_silent, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from moderation import events as kinds
from moderation.models import Appeal, CareAsk, CareTalk, Decision, Report


def register() -> None:
    """Called at `ready()`. Who is suspended reads decisions and appeals, and nothing else."""
    for kind, woken in ((kinds.DECISION_MADE, woken_by_decisions), (kinds.APPEAL_CHANGED, woken_by_appeals)):
        register_woken(kinds=[kind], as_kind=Kind.ACCOUNT, woken=woken, while_suspended=True)
    register_woken(kinds=[kinds.REPORT_CHANGED], as_kind=Kind.ACCOUNT, woken=woken_by_reports)
    register_woken(kinds=[kinds.CARE_CHANGED], as_kind=Kind.ACCOUNT, woken=woken_by_care)
    register_woken(kinds=[kinds.CARE_ASKED], as_kind=Kind.CONTACTS, woken=woken_by_asks)
    register_silent(kinds=[kinds.CASE_CHANGED], why="who is on duty is called, the others look")
    register_silent(kinds=[kinds.DUTY_CALLED], why="a wish comes with it, which nothing keeps back")


def woken_by_decisions(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Whom it is about, as it takes hold and when it is undone."""
    states = dict(Decision.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    return woken_while(events, states, ("in_force", "undone"))


def woken_by_appeals(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Who appealed, once it is answered; what they say themselves wakes nobody."""
    states = dict(Appeal.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    return woken_while(events, states, ("upheld", "rejected"))


def woken_by_reports(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Who reported, when the last word is not theirs: a question to them, or what has come of it."""
    found = Report.objects.select_related("case").annotate(
        own=Max("lines__said_at", filter=Q(lines__by_reporter=True)),
        asked=Max("lines__said_at", filter=Q(lines__by_reporter=False)),
    )
    rows = found.in_bulk([event.ref for event in events])

    def wakes(event: Event, _: UUID) -> bool:
        there = rows.get(event.ref)
        if there is None:
            return False
        told = max((when for when in (there.case.decided_at, there.asked) if when is not None), default=None)
        return told is not None and told >= (there.own or there.received_at)

    return woken_owners(events, wakes)


def woken_by_care(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member, as long as the last thing said is not their own."""
    talks = CareTalk.objects.filter(id__in=[event.ref for event in events]).prefetch_related("lines")
    waiting = {talk.id for talk in talks if _last_is_ours(talk)}
    return woken_owners(events, lambda event, _: event.ref in waiting)


def woken_by_asks(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The contact person, as long as they have not answered."""
    states = dict(CareAsk.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    return woken_while(events, states, ("open",))


def _last_is_ours(talk: CareTalk) -> bool:
    lines = sorted(talk.lines.all(), key=lambda line: (line.said_at, line.id))
    return bool(lines) and not lines[-1].by_member
