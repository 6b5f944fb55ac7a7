"""Every zone there is × 100 years × presets and windows, and every change of its clock. Too much for every run:
`make prove`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from peers.checkins.cadence import PRESETS
from tests.peers.cadences import (
    EVENINGS,
    NIGHTS,
    ONE_HOUR,
    at,
    changes_of,
    check_safe_moments,
    check_worker,
    check_years,
    rhythm_in,
)

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
BEGUN = at(1975, 1, 31)
YEARS = 100
Count = Callable[[str, object], None]


@pytest.mark.parametrize("zone", ZONES)
def test_a_hundred_years_of_every_zone(zone: str, record_property: Count) -> None:
    """As it is planned, by a clock that is right."""
    due = 0
    for window in (EVENINGS, NIGHTS, ONE_HOUR):
        for preset in PRESETS:
            rhythm = rhythm_in(zone, preset=preset, window=window, every_days=31)
            walked = check_years(rhythm, BEGUN, years=YEARS)
            assert walked > 200
            due += walked
    record_property("zones", 1)
    record_property("check-ins due", due)


@pytest.mark.parametrize("zone", ZONES)
def test_a_hundred_years_of_a_worker_that_is_late_and_a_clock_that_steps(zone: str, record_property: Count) -> None:
    """Outages of up to three days, clocks an hour wrong either way, silence, a member who moves and moves back."""
    opened = 0
    for window in (EVENINGS, NIGHTS, ONE_HOUR):
        opened += check_worker(rhythm_in(zone, window=window), BEGUN, years=YEARS, elsewhere=ZoneInfo("Asia/Kathmandu"))
    record_property("check-ins opened by late workers", opened)


@pytest.mark.parametrize("zone", ZONES)
def test_around_every_change_of_the_clock(zone: str, record_property: Count) -> None:
    """The next safe moment is safe and the first one, from just before each change to just after it."""
    there = changes_of(ZoneInfo(zone), BEGUN.astimezone(UTC), years=YEARS)
    for change in there:
        for window in (NIGHTS, ONE_HOUR):
            for shift in (-121, -61, -31, -1, 0, 1, 59):
                check_safe_moments(rhythm_in(zone, window=window), change + timedelta(minutes=shift), most_days=1)
    record_property("changes of a clock", len(there))
