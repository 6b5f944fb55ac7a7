"""What must be true of every rhythm, for the samples of `make test` and for all zones and years of `make prove`."""

from __future__ import annotations

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


def check_safe_moments(rhythm: Rhythm, at: datetime) -> None:
    """The next safe moment is safe, is not earlier, and there is none before it."""
    found = next_safe(rhythm, at)
    assert found >= at
    assert is_safe(rhythm, found), (rhythm.zone.key, at, found)
    probe = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(3 * 24 * 60):
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
