"""What must be true of every rhythm, for the samples of `make test` and for all zones and years of `make prove`."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from peers.checkins.cadence import JITTER, Rhythm, Window, due, is_safe, next_due, next_safe, nominal_day

EVENINGS = Window(days=frozenset({1, 3, 6}), first=18 * 60, end=21 * 60)
NIGHTS = Window(days=frozenset(range(7)), first=0, end=4 * 60, quiet=(60 + 30, 2 * 60))  # where clocks jump
ONE_HOUR = Window(days=frozenset({6}), first=2 * 60, end=3 * 60)  # Sundays from two to three: often skipped


def check_years(rhythm: Rhythm, begun: datetime, *, years: int) -> int:
    """Walk the series as the worker does; → how many were due. Every one once, ahead of the last, in the window."""
    anchor = begun.astimezone(rhythm.zone).date()
    until, now, after, count = begun + timedelta(days=365 * years), begun, None, 0
    while True:
        there = next_due(rhythm, anchor, after=after, now=now)
        if there.at > until:
            return count
        assert there.at > now, "the next lies ahead"
        assert after is None or there.index > after, "no number comes twice"
        assert is_safe(rhythm, there.at), (rhythm.zone.key, there)
        assert there == next_due(rhythm, anchor, after=after, now=now), "asked again: the same"
        assert there.at == due(rhythm, anchor, there.index), "the jitter is fixed"
        local = there.at.astimezone(rhythm.zone).date()
        slack = JITTER if len(rhythm.window.days) == 7 else 14
        assert abs((local - there.nominal).days) <= slack + 1
        now, after, count = there.at, there.index, count + 1


def check_worker(rhythm: Rhythm, begun: datetime, *, years: int, elsewhere: ZoneInfo) -> int:
    """Walk as real workers do: late by up to 72 h, with a clock up to an hour wrong; → how many were opened.

    Every ninth is not answered until the next; every fortieth the member moves, or comes back. Each number opens
    once, inside the hours of where the member is then, and the next one lies ahead of it.
    """
    chance = random.Random(rhythm.seed)
    home, anchor = rhythm.zone, begun.astimezone(rhythm.zone).date()
    until, now, after, unanswered, count = begun + timedelta(days=365 * years), begun, None, 0, 0
    opened: set[int] = set()
    while True:
        there = next_due(rhythm, anchor, after=after, unanswered=unanswered, now=now)
        assert there.at > now
        if there.at > until:
            return count
        if count % 40 == 39:  # moved meanwhile: the same one, by the new wall
            rhythm = replace(rhythm, zone=elsewhere if rhythm.zone is home else home)
            there = next_due(rhythm, anchor, after=after, unanswered=unanswered, now=now)
        late = timedelta(hours=chance.choice((0, 0, 0, 1, 9, 30, 72)), minutes=chance.randrange(60))
        looked = there.at + late + timedelta(minutes=chance.randint(-60, 60))
        if looked < there.at:  # by a clock that goes behind it is not due yet
            looked = there.at
        opens = looked if is_safe(rhythm, looked) else next_safe(rhythm, looked)
        assert is_safe(rhythm, opens), (rhythm.zone.key, there, opens)
        assert opens >= looked
        assert there.index not in opened, "no number comes twice"
        opened.add(there.index)
        unanswered = unanswered + 1 if count % 9 else 0
        now, after, count = opens, there.index, count + 1


def changes_of(zone: ZoneInfo, begun: datetime, *, years: int) -> list[datetime]:
    """The moments at which a zone's offset changes, in UTC."""
    found, step = [], timedelta(days=7)
    low, until = begun, begun + timedelta(days=365 * years)
    while low < until:
        high = low + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            left, right = low, high
            while right - left > timedelta(seconds=1):
                middle = left + (right - left) // 2
                same = middle.astimezone(zone).utcoffset() == left.astimezone(zone).utcoffset()
                left, right = (middle, right) if same else (left, middle)
            found.append(right.replace(microsecond=0))
        low = high
    return found


def check_safe_moments(rhythm: Rhythm, at: datetime, *, most_days: int = 21) -> None:
    """The next safe moment is safe, is not earlier, and there is none before it."""
    found = next_safe(rhythm, at)
    assert found >= at
    assert is_safe(rhythm, found), (rhythm.zone.key, at, found)
    probe = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(most_days * 24 * 60 // 7):
        if probe >= found:
            return
        assert not is_safe(rhythm, probe), (rhythm.zone.key, at, probe, found)
        probe += timedelta(minutes=7)


def rhythm_in(zone: str, *, preset: str = "standard", window: Window = NIGHTS, every_days: int = 0) -> Rhythm:
    """A rhythm with a seed of its zone."""
    return Rhythm(preset=preset, window=window, zone=ZoneInfo(zone), seed=zone.encode(), every_days=every_days)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def days_from(rhythm: Rhythm, anchor: date, count: int) -> list[int]:
    """The first days of the series, as days after the anchor."""

    return [(nominal_day(rhythm, anchor, index) - anchor).days for index in range(count)]
