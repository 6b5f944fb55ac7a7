"""Every zone there is × 100 years × presets and windows. Too much for every run: `make prove`."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from peers.checkins.cadence import PRESETS
from tests.peers.cadences import EVENINGS, NIGHTS, ONE_HOUR, at, check_years, rhythm_in

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

ZONES = sorted(available_timezones() - {"Factory", "localtime"})


@pytest.mark.parametrize("zone", ZONES)
def test_a_hundred_years_of_every_zone(zone: str) -> None:
    for window in (EVENINGS, NIGHTS, ONE_HOUR):
        for preset in PRESETS:
            rhythm = rhythm_in(zone, preset=preset, window=window, every_days=31)
            assert check_years(rhythm, at(1975, 1, 31), years=100) > 200
