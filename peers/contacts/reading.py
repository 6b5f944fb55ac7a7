"""When somebody reads next, by what they have said of their hours and of being away, or by the roster. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from messaging.hours import OpeningHours


@dataclass(frozen=True, slots=True)
class Reading:
    """`now`: whether they may be expected to read now, None where they have said nothing.

    `next_at`: when at the earliest; None where nobody can say.
    """

    now: bool | None
    next_at: datetime | None


def when_read(*, hours: OpeningHours, away_until: datetime | None, at: datetime) -> Reading:
    """When somebody with these hours reads, who may be away until then."""
    is_away = away_until is not None and away_until > at
    start = away_until if is_away and away_until is not None else at
    if not hours.spans:
        return Reading(now=False, next_at=start) if is_away else Reading(now=None, next_at=None)
    if hours.is_open(at=start):
        return Reading(now=not is_away, next_at=start)
    return Reading(now=False, next_at=hours.next_opening(at=start))


def when_on_duty(*, duty: tuple[datetime, datetime] | None, at: datetime) -> Reading:
    """When somebody reads whose present or next duty this is, as (begins, ends); None: they are on no roster."""
    if duty is None:
        return Reading(now=None, next_at=None)
    begins, _ = duty
    return Reading(now=begins <= at, next_at=max(begins, at))
