"""When the next check-in is due: pure, and the same answer however often it is asked.

A plan has an anchor day and a series of days after it that never ends: dense at first, then wider. Each day of the
series gets its own place within two days around it, fixed by the plan's seed, on a day and at a minute of the member's
own window, by the clock on the member's wall. Where that clock skips or repeats an hour, the moment is one that the
clock really shows, and still inside the window.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PRESETS = ("light", "standard", "often", "own")
JITTER = 2  # days to either side
DAY = 24 * 60  # minutes
LEAST_OPEN = 60  # minutes a day that a window must leave
SHORTEST_OWN, LONGEST_OWN = 1, 366  # days between check-ins of one's own rhythm
SLOWEST = 2  # how often the spacing is doubled at most
AHEAD = 30  # days within which a safe moment is looked for; a window of one day a week can lose some to the clock
_LAST_DAY = date(9990, 1, 1)

# Days, then months after the anchor; then every so many months, until that month (None: for good).
_SERIES: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, int | None], ...]]] = {
    "light": ((7,), (1, 3, 6, 12), ((6, None),)),
    "standard": ((1, 7, 14), (1, 2, 3, 4, 6, 8, 10, 12), ((3, 36), (6, None))),
    "often": ((1, 4, 7, 14, 21), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), ((2, 36), (3, None))),
}


class WindowEmpty(ValueError):
    """The window leaves no hour, or no day."""


@dataclass(frozen=True, slots=True)
class Window:
    """When a member may be asked. `days`: 0 is Monday; times in minutes of the day, the end not included.

    `quiet` (first, end) is taken out of it and may pass midnight. Raises `WindowEmpty`.
    """

    days: frozenset[int]
    first: int
    end: int
    quiet: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not self.days or not self.days <= set(range(7)) or not 0 <= self.first < self.end <= DAY:
            raise WindowEmpty
        if sum(end - first for first, end in self.spans) < LEAST_OPEN:
            raise WindowEmpty

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The minutes of a day that are left, as (first, end)."""
        spans = [(self.first, self.end)]
        for low, high in _quiet_parts(self.quiet):
            cut = [((first, min(end, low)), (max(first, high), end)) for first, end in spans]
            spans = [span for pair in cut for span in pair if span[0] < span[1]]
        return tuple(spans)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A plan, as far as time is concerned. `seed` fixes the jitter; `every_days` is for the preset `own`."""

    preset: str
    window: Window
    zone: ZoneInfo
    seed: bytes
    every_days: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """One day of the series: its number, the day itself, and when it is due."""

    index: int
    nominal: date
    at: datetime  # UTC


def nominal_day(rhythm: Rhythm, anchor: date, index: int) -> date:
    """The `index`-th day of the series, from 0, without jitter; never earlier than the one before."""
    if rhythm.preset == "own":
        return _clamped(anchor.toordinal() + rhythm.every_days * (index + 1))
    days, months, rest = _SERIES[rhythm.preset]
    if index < len(days):
        return _clamped(anchor.toordinal() + days[index])
    index -= len(days)
    if index < len(months):
        return _month_after(anchor, months[index])
    index -= len(months)
    month = months[-1]
    for step, until in rest:
        count = index + 1 if until is None else min(index + 1, (until - month) // step)
        month, index = month + step * count, index - count
        if index < 0:
            break
    return _month_after(anchor, month)


def due(rhythm: Rhythm, anchor: date, index: int, *, series: int = 0) -> datetime:
    """When that day of the series is due, in UTC; `series` counts how often it began anew."""
    nominal = nominal_day(rhythm, anchor, index)
    chance = _chance(rhythm.seed, series, index)
    around = [nominal + timedelta(days=shift) for shift in range(-JITTER, JITTER + 1)]
    # Never before the day after the anchor: who has just begun is not asked in the same hour.
    days = [day for day in around if day > anchor and day.weekday() in rhythm.window.days]
    day = days[chance(len(days))] if days else _next_day(nominal, rhythm.window)
    minutes = [minute for first, end in rhythm.window.spans for minute in (first, end)]
    open_for = sum(minutes[1::2]) - sum(minutes[::2])
    wall = datetime.combine(day, time()) + timedelta(minutes=_minute_of(rhythm.window, chance(open_for)))
    at = wall.replace(tzinfo=rhythm.zone).astimezone(UTC)
    # In a skipped hour the clock never shows it: the next moment that it does, inside the window.
    return at if at.astimezone(rhythm.zone).replace(tzinfo=None) == wall else next_safe(rhythm, at - timedelta(hours=2))


def next_due(
    rhythm: Rhythm, anchor: date, *, after: int | None, unanswered: int = 0, now: datetime, series: int = 0
) -> Due:
    """The next day of the series after number `after` (None: the first) that lies ahead of `now`.

    `unanswered` is how many in a row were not answered: from two on every second day of the series is left out, from
    four on three of four. What was missed while nobody asked (a pause, an outage) is left out, never made up for.
    """
    index = 0 if after is None else after + spacing(unanswered)
    low = index
    if nominal_day(rhythm, anchor, index) < now.astimezone(rhythm.zone).date():
        step = 1
        while nominal_day(rhythm, anchor, index + step) < now.astimezone(rhythm.zone).date():
            step *= 2
        low = index
        high = index + step
        while low < high:  # the first day of the series that is not over
            middle = (low + high) // 2
            if nominal_day(rhythm, anchor, middle) < now.astimezone(rhythm.zone).date():
                low = middle + 1
            else:
                high = middle
    while (at := due(rhythm, anchor, low, series=series)) <= now:
        low += 1
    return Due(index=low, nominal=nominal_day(rhythm, anchor, low), at=at)


def spacing(unanswered: int) -> int:
    """How many days of the series the next step takes."""
    return int(2 ** min(unanswered // 2, SLOWEST))


def wider(preset: str, every_days: int = 0) -> tuple[str, int] | None:
    """The next wider rhythm, as (preset, days); None where there is none."""
    if preset == "own":
        return ("own", min(2 * every_days, LONGEST_OWN)) if every_days < LONGEST_OWN else None
    order = ("often", "standard", "light", None)
    following = order[order.index(preset) + 1]
    return None if following is None else (following, 0)


def is_safe(rhythm: Rhythm, at: datetime) -> bool:
    """Whether the member may be asked at this moment."""
    wall = at.astimezone(rhythm.zone)
    minute = wall.hour * 60 + wall.minute
    return wall.weekday() in rhythm.window.days and any(first <= minute < end for first, end in rhythm.window.spans)


def next_safe(rhythm: Rhythm, at: datetime) -> datetime:
    """The first moment from `at` on when the member may be asked, in UTC."""
    at = at.astimezone(UTC)
    if is_safe(rhythm, at):
        return at
    today = at.astimezone(rhythm.zone).date()
    for shift in range(-1, AHEAD):
        day = today + timedelta(days=shift)
        safe = [
            moment
            for moment in _openings(rhythm, day)
            if moment > at and is_safe(rhythm, moment) and moment.astimezone(rhythm.zone).date() == day
        ]
        if safe:
            return min(safe)
    raise WindowEmpty  # no clock of this world does that


def _openings(rhythm: Rhythm, day: date) -> Iterator[datetime]:
    """Moments of a day at which it can become safe: where a span begins, and where the clock jumps."""
    for first, _ in rhythm.window.spans:
        wall = (datetime.combine(day, time()) + timedelta(minutes=first)).replace(tzinfo=rhythm.zone)
        one, other = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        yield one
        if one != other:
            yield other
            yield _jump(rhythm.zone, min(one, other), max(one, other))
    # A jump over the beginning of a span can also lie before it by up to the jump's size.
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    low, high = noon - timedelta(hours=26), noon + timedelta(hours=26)
    if low.astimezone(rhythm.zone).utcoffset() != high.astimezone(rhythm.zone).utcoffset():
        yield _jump(rhythm.zone, low, high)


def _jump(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The second between two moments at which the zone's offset changes."""
    before = low.astimezone(zone).utcoffset()
    low, high = low.replace(microsecond=0), high.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _quiet_parts(quiet: tuple[int, int] | None) -> list[tuple[int, int]]:
    if quiet is None or quiet[0] == quiet[1]:
        return []
    first, end = quiet
    return [(first, end)] if first < end else [(first, DAY), (0, end)]


def _minute_of(window: Window, number: int) -> int:
    for first, end in window.spans:
        if number < end - first:
            return first + number
        number -= end - first
    raise AssertionError("within the window")


def _next_day(day: date, window: Window) -> date:
    return next(later for shift in range(1, 8) if (later := day + timedelta(days=shift)).weekday() in window.days)


def _chance(seed: bytes, series: int, index: int) -> _Chance:
    return _Chance(hashlib.sha256(seed + series.to_bytes(8, "big") + index.to_bytes(8, "big")).digest())


class _Chance:
    """Fixed numbers that look like chance: `chance(n)` is from 0 to n - 1."""

    def __init__(self, digest: bytes) -> None:
        self._left = int.from_bytes(digest, "big")

    def __call__(self, size: int) -> int:
        self._left, number = divmod(self._left, size)
        return number


def _month_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year >= _LAST_DAY.year:
        return _LAST_DAY
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _clamped(ordinal: int) -> date:
    return date.fromordinal(min(ordinal, _LAST_DAY.toordinal()))
