"""Who is proposed to a member, and why. Pure: wishes, candidates, a clock and a draw → at most three proposals.

*Hard limits* keep somebody out whatever else fits (`limits_of`). *Preferences* only order: each wish that a candidate
meets in full counts 2, in part 1 (`fit`). Candidates of the same fit are ordered by how much of their caseload is
taken, in quarters; those of the same quarter by a draw. Nothing counts that only time gives: years, contacts so far,
answers. So a new peer expert stands before everybody of the same fit until they have as many people as the others.
No tie is decided by an id: the draw is made with a seed that is kept, so that it can be explained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

MOST = 3
QUARTERS = 4
ENOUGH_MIN = 60  # minutes a week that wished times and office hours share, to count
_DAY = 24 * 60

Spans = tuple[tuple[int, int], ...]
"""(first, end) in minutes of the week from Monday 00:00, as in `messaging.hours`."""

Draw = Callable[[UUID], bytes]


def _each(days: range, first: int, end: int) -> Spans:
    return tuple((day * _DAY + first * 60, day * _DAY + end * 60) for day in days)


# By the clock on the peer expert's wall.
TIMES: Mapping[str, Spans] = MappingProxyType(
    {
        "daytime": _each(range(5), 8, 18),
        "evening": _each(range(5), 18, 23),
        "night": (*_each(range(7), 0, 6), *_each(range(7), 23, 24)),
        "weekend": _each(range(5, 7), 8, 23),
    }
)


class Bar(StrEnum):
    """A hard limit: why somebody is not proposed."""

    CASELOAD = "caseload"
    NOT_WITH = "not_with"
    REGION = "avoid_region"
    COMMUNITY = "avoid_language_community"
    LANGUAGE = "no_language_in_common"
    VETTING = "vetting"
    PAUSED = "paused"
    AWAY = "away"
    NOT_TAKING = "not_taking_new"
    BLOCK = "block"
    DECLINED = "declined_before"
    BESIDE = "beside_already"
    ONESELF = "oneself"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member asks for. Only `languages` is needed, the best first."""

    languages: tuple[str, ...]
    domains: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    times: tuple[str, ...] = ()  # of `TIMES`
    region: str | None = None
    gender: str | None = None
    backgrounds: tuple[str, ...] = ()
    not_with: frozenset[UUID] = frozenset()
    avoid_region: str | None = None
    avoid_community: str | None = None  # whoever speaks this language


@dataclass(frozen=True, slots=True)
class Candidate:
    """A peer expert as they are now. `regions`: their own, or if they name none all of their organisation's.

    `load`: people they are there for; `asked`: open proposals of theirs to others; `bars`: limits known from elsewhere.
    """

    key: UUID
    languages: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    gender: str | None = None
    backgrounds: frozenset[str] = frozenset()
    hours: Spans = ()
    load: int = 0
    asked: int = 0
    limit: int = 1
    vetted_until: datetime | None = None
    paused: bool = False
    away_until: datetime | None = None
    taking_new: bool = True
    bars: frozenset[Bar] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Reason:
    """A wish that somebody meets: `values` are those of the wish that they meet, in its order.

    There is no reason for the region, nor for the organisation: both stay hidden until the member accepts.
    """

    code: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who fits, and why."""

    key: UUID
    reasons: tuple[Reason, ...]


def rank(
    *, wishes: Wishes, candidates: Iterable[Candidate], at: datetime, draw: Draw, most: int = MOST
) -> list[Proposal]:
    """The best first, at most `most` of them; nobody beyond a hard limit."""
    able = [there for there in candidates if not limits_of(wishes=wishes, candidate=there, at=at)]
    able.sort(key=lambda there: (-fit(wishes=wishes, candidate=there), quarter(there), draw(there.key)))
    return [Proposal(there.key, reasons_of(wishes=wishes, candidate=there)) for there in able[:most]]


def draw_by(seed: bytes) -> Draw:
    """A draw that a seed decides: who has which place in it depends on nothing else, and can be drawn again."""

    def draw(key: UUID) -> bytes:
        return hashlib.blake2b(key.bytes, key=seed, digest_size=16).digest()

    return draw


def limits_of(*, wishes: Wishes, candidate: Candidate, at: datetime) -> frozenset[Bar]:
    """Every hard limit that keeps somebody out; a language in common is one."""
    held = {
        Bar.CASELOAD: candidate.load >= candidate.limit,
        Bar.NOT_WITH: candidate.key in wishes.not_with,
        Bar.REGION: wishes.avoid_region in candidate.regions,
        Bar.COMMUNITY: wishes.avoid_community in candidate.languages,
        Bar.LANGUAGE: not candidate.languages & set(wishes.languages),
        Bar.VETTING: candidate.vetted_until is None or candidate.vetted_until <= at,
        Bar.PAUSED: candidate.paused,
        Bar.AWAY: candidate.away_until is not None and candidate.away_until > at,
        Bar.NOT_TAKING: not candidate.taking_new,
    }
    return candidate.bars | {bar for bar, holds in held.items() if holds}


def fit(*, wishes: Wishes, candidate: Candidate) -> int:
    """How many wishes are met: 2 for each in full, 1 for each in part."""
    spoken = [language for language in wishes.languages if language in candidate.languages]
    points = 0 if not spoken else 2 if spoken[0] == wishes.languages[0] else 1
    met = {reason.code: reason.values for reason in reasons_of(wishes=wishes, candidate=candidate)}
    for code in ("domains", "directions", "times", "backgrounds"):
        wished: tuple[str, ...] = getattr(wishes, code)
        points += 0 if code not in met else 2 if len(met[code]) == len(wished) else 1
    points += 2 if "gender" in met else 0
    points += 2 if wishes.region is not None and wishes.region in candidate.regions else 0
    return points


def quarter(candidate: Candidate) -> int:
    """Which quarter of the caseload is begun; 0 for who has nobody and is proposed to nobody."""
    taken = candidate.load + candidate.asked
    return 0 if taken == 0 else 1 + min(QUARTERS, taken * QUARTERS // max(1, candidate.limit))


def reasons_of(*, wishes: Wishes, candidate: Candidate) -> tuple[Reason, ...]:
    """The wishes that somebody meets, in full or in part."""
    met = {
        "languages": _shared(wishes.languages, candidate.languages),
        "domains": _shared(wishes.domains, candidate.domains),
        "directions": _shared(wishes.directions, candidate.directions),
        "times": tuple(time for time in wishes.times if minutes_shared(TIMES[time], candidate.hours) >= ENOUGH_MIN),
        "gender": (wishes.gender,) if wishes.gender is not None and wishes.gender == candidate.gender else (),
        "backgrounds": _shared(wishes.backgrounds, candidate.backgrounds),
    }
    return tuple(Reason(code, values) for code, values in met.items() if values)


def minutes_shared(one: Spans, other: Spans) -> int:
    """How many minutes of the week lie in both."""
    return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other)


@dataclass(frozen=True, slots=True)
class House:
    """An organisation that could be there for a member in the meantime."""

    key: UUID
    regions: frozenset[str]
    languages: frozenset[str]


def rank_houses(*, wishes: Wishes, houses: Iterable[House], draw: Draw, most: int = MOST) -> list[UUID]:
    """Those of a wished language first, then those of the wished region; ties are drawn. None of a region to avoid."""
    able = [there for there in houses if wishes.avoid_region not in there.regions]
    able.sort(key=lambda there: (not there.languages & set(wishes.languages), _far(wishes, there), draw(there.key)))
    return [there.key for there in able[:most]]


def _far(wishes: Wishes, house: House) -> bool:
    return wishes.region is not None and wishes.region not in house.regions


def _shared(wished: Sequence[str], there: Collection[str]) -> tuple[str, ...]:
    return tuple(value for value in wished if value in there)
