"""Quiet hours in every zone and on the nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.push.quiet import parse_quiet

ZONES = sorted(zone for zone in available_timezones() if zone[0].isupper())
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda m: f"{m // 60:02}:{m % 60:02}")
MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))


@settings(max_examples=150, deadline=None)
@given(zone=st.sampled_from(ZONES), start=MINUTES, end=MINUTES, at=MOMENTS)
def test_it_ends_at_the_first_minute_that_is_not_quiet(zone: str, start: str, end: str, at: datetime) -> None:
    if start == end:
        return
    hours = parse_quiet(timezone=zone, start=start, end=end)
    until = hours.until(at=at)
    assert not hours.is_quiet(at=until)
    assert at <= until <= at + timedelta(hours=51)
    if until > at:
        assert hours.is_quiet(at=until - timedelta(minutes=1))


def test_over_the_nights_of_amsterdam() -> None:
    hours = parse_quiet(timezone="Europe/Amsterdam", start="22:00", end="08:00")
    for evening, morning in (
        (datetime(2026, 3, 28, 21, 30, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (datetime(2026, 10, 24, 20, 30, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ):
        assert hours.until(at=evening) == morning
    noon = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert hours.until(at=noon) == noon
