"""One queue of all that waits for who moderates: cases, appeals, second people, reviews of what was done at once.

Never what its reader is tied to, but for cases to which nobody came in time. The number of queries does not depend on
how much waits.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet

from backend.core.accounts.models import Role
from backend.core.http.pages import Window, read
from moderation.models import Appeal, CareAsk, Case, Decision
from moderation.queries.people import of_my_house, untied, untied_or_late

KEY = ("due_at", "id")
Source = Callable[[Role, datetime], QuerySet[Any]]
CLAIMED = ("report", "care")
ASK_WITHIN = timedelta(hours=1)  # whether somebody's contact person is asked


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that somebody looks at by `due_at`. `id` is the appeal's or the decision's where it is about one."""

    kind: str
    id: UUID
    due_at: datetime
    case: Case
    tied: bool = False  # late, and they are close to the people: they may hide and mute for a day


def kinds_for(roles: Collection[str]) -> tuple[str, ...]:
    """What somebody with these roles can be asked to look at."""
    return tuple(kind for kind in SOURCES if kind != "second" or Role.Kind.SECOND_APPROVER in roles)


def waiting(
    *, role: Role, kinds: Collection[str], at: datetime, language: str = ""
) -> Callable[[Window], list[Waiting]]:
    """What waits, the most urgent first, as the source of a list in pages with the key `KEY`."""

    def window(asked: Window) -> list[Waiting]:
        found = [_rows(kind, role, at, language, asked) for kind in SOURCES if kind in kinds]
        merged = heapq.merge(*found, key=lambda row: (row.due_at, row.id), reverse=asked.backwards)
        return list(islice(merged, asked.limit))

    return window


def next_case(*, role: Role, at: datetime, after: str = "") -> UUID | None:
    """The most urgent case that nobody is looking at, but for the one they come from."""
    rows = untied(Case.objects.filter(state__in=("open", "second_look")), role=role).exclude(claimed_until__gt=at)
    found = rows.order_by(*KEY).values_list("id", flat=True)[:2]
    return next((there for there in found if str(there) != after), None)


def count_waiting(*, role: Role, kinds: Collection[str], most: int, at: datetime) -> int:
    """How many there are that nobody is looking at; beyond `most` it is only said that there are more."""
    count = 0
    for kind in kinds:
        rows = SOURCES[kind](role, at)
        if kind in CLAIMED:
            rows = rows.exclude(claimed_until__gt=at)
        count += rows.order_by()[: most + 1].count()
    return min(count, most + 1)


def _rows(kind: str, role: Role, at: datetime, language: str, asked: Window) -> Iterable[Waiting]:
    place = "" if kind in CLAIMED else "case__" if kind != "appeal" else "decision__case__"
    found = SOURCES[kind](role, at)
    if language:
        found = found.filter(**{f"{place}language": language})
    for row in read(found, KEY, asked):
        case = row if not place else row.case if kind != "appeal" else row.decision.case
        yield Waiting(kind=kind, id=row.id, due_at=row.due_at, case=case, tied=getattr(row, "tied", False))


def _cases(kind: str) -> Source:
    def found(role: Role, at: datetime) -> QuerySet[Any]:
        rows = Case.objects.filter(kind=kind, state__in=("open", "second_look"))
        return untied_or_late(rows, role=role, at=at).select_related("claimed_by", "conversation")

    return found


def _appeals(role: Role, at: datetime) -> QuerySet[Any]:
    mine = Q(decision__by__account=role.account_id) | Q(decision__second_by__account=role.account_id)
    rows = Appeal.objects.filter(state="open").exclude(mine)
    return untied(rows, role=role, case="decision__case").select_related("decision__case__conversation")


def _asks(role: Role, at: datetime) -> QuerySet[Any]:
    due = ExpressionWrapper(F("made_at") + ASK_WITHIN, output_field=DateTimeField())
    rows = CareAsk.objects.filter(state="asked").exclude(by__account=role.account_id).annotate(due_at=due)
    return untied(rows, role=role, case="case").select_related("case__conversation")


def _decisions(wanted: Q, due: str) -> Source:
    def found(role: Role, at: datetime) -> QuerySet[Any]:
        rows = Decision.objects.filter(wanted).exclude(by__account=role.account_id).annotate(due_at=F(due))
        rows = rows.exclude(of_my_house(role, "by__account"), others_until__gt=at)
        return untied(rows, role=role, case="case").select_related("case__conversation")

    return found


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "report": _cases(Case.Kind.RULE),
        "care": _cases(Case.Kind.CARE),
        "ask": _asks,
        "appeal": _appeals,
        "second": _decisions(Q(state="asked"), "lapses_at"),
        "review": _decisions(Q(state="in_force", review_due_at__isnull=False), "review_due_at"),
    }
)
