"""Who steps in when nobody is beside a member any more: the nearest coordinator who can. Pure.

The member's own organisation first: its coordinator, its deputy, whoever else coordinates it. Then other organisations:
those of the same region, those of the same language, all. In each, the coordinator before the deputy before others.
Last comes nobody: then it is the operator's to find somebody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

COORDINATOR, DEPUTY, OTHER = range(3)


@dataclass(frozen=True, slots=True)
class Rung:
    """A coordinator who could step in.

    `seat` in their organisation; `load`: for how many members they have stepped in already; `since` they coordinate.
    """

    role: UUID
    account: UUID
    organisation: UUID
    regions: frozenset[str]
    languages: frozenset[str]
    seat: int
    load: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Home:
    """The organisation that looked after the member so far, with its regions and languages."""

    organisation: UUID
    regions: frozenset[str]
    languages: frozenset[str]


def nearest(*, rungs: Iterable[Rung], home: Home | None, besides: Collection[UUID]) -> Rung | None:
    """The first of those who can, leaving out the accounts `besides`; None when there is nobody."""
    able = [rung for rung in rungs if rung.account not in besides]
    return min(able, key=lambda rung: _order(rung, home), default=None)


def _order(rung: Rung, home: Home | None) -> tuple[int, int, int, datetime, int]:
    return (_distance(rung, home), rung.seat, rung.load, rung.since, rung.role.int)


def _distance(rung: Rung, home: Home | None) -> int:
    if home is None:
        return 3
    if rung.organisation == home.organisation:
        return 0
    if rung.regions & home.regions:
        return 1
    return 2 if rung.languages & home.languages else 3
