"""The clock of aftercare: presets, jitter, windows, skipped and repeated hours, and a hundred years of each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peers.checkins.cadence import (
    LEAST_OPEN,
    PRESETS,
    Rhythm,
    Window,
    WindowEmpty,
    due,
    is_safe,
    next_due,
    next_safe,
    nominal_day,
    spacing,
)
from tests.peers.cadences import (
    EVENINGS,
    NIGHTS,
    ONE_HOUR,
    at,
    check_safe_moments,
    check_years,
    days_from,
    rhythm_in,
)

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
AMSTERDAM = "Europe/Amsterdam"
ALWAYS = Window(days=frozenset(range(7)), first=0, end=24 * 60)

windows = st.builds(
    lambda days, first, size, quiet: (days, first, min(first + size, 24 * 60), quiet),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 22 * 60),
    st.integers(LEAST_OPEN, 24 * 60),
    st.none() | st.tuples(st.integers(0, 24 * 60 - 1), st.integers(0, 24 * 60 - 1)),
)
moments = st.integers(0, 100 * 365 * 24 * 60).map(lambda minutes: at(1990, 1, 1) + timedelta(minutes=minutes))


def window_of(told: tuple[frozenset[int], int, int, tuple[int, int] | None]) -> Window | None:
    days, first, end, quiet = told
    try:
        return Window(days=days, first=first, end=end, quiet=quiet)
    except WindowEmpty:
        return None


# -- the series -------------------------------------------------------------------------------------------------------


def test_standard_is_dense_at_first_and_then_wider() -> None:
    anchor = date(2025, 1, 15)
    rhythm = rhythm_in(AMSTERDAM)
    assert days_from(rhythm, anchor, 4) == [1, 7, 14, 31]
    days = [nominal_day(rhythm, anchor, index) for index in range(40)]
    assert days[3:11] == [
        date(2025, 2, 15), date(2025, 3, 15), date(2025, 4, 15), date(2025, 5, 15),
        date(2025, 7, 15), date(2025, 9, 15), date(2025, 11, 15), date(2026, 1, 15),
    ]  # fmt: skip
    assert days[11:13] == [date(2026, 4, 15), date(2026, 7, 15)]
    assert days[18:21] == [date(2028, 1, 15), date(2028, 7, 15), date(2029, 1, 15)]  # from year three half-yearly
    assert [(later - day).days > 170 for day, later in pairwise(days[18:])] == [True] * 21


@pytest.mark.parametrize("preset", PRESETS)
def test_no_series_ends_or_turns_back(preset: str) -> None:
    rhythm = rhythm_in(AMSTERDAM, preset=preset, every_days=9)
    days = [nominal_day(rhythm, date(2024, 2, 29), index) for index in range(500)]
    assert all(day < later for day, later in pairwise(days))


def test_the_end_of_a_month_and_leap_days() -> None:
    rhythm = rhythm_in(AMSTERDAM, preset="light")
    assert nominal_day(rhythm, date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert nominal_day(rhythm, date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert nominal_day(rhythm, date(2024, 2, 29), 4) == date(2025, 2, 28)
    assert nominal_day(rhythm, date(2024, 2, 29), 4 + 6) == date(2028, 2, 29)


def test_jitter_is_within_two_days_and_fixed() -> None:
    shifts = set()
    for number in range(200):
        rhythm = Rhythm("standard", ALWAYS, ZoneInfo("UTC"), number.to_bytes(4, "big"))
        moment = due(rhythm, date(2025, 1, 15), 5)
        assert moment == due(rhythm, date(2025, 1, 15), 5)
        shifts.add((moment.date() - nominal_day(rhythm, date(2025, 1, 15), 5)).days)
    assert shifts == {-2, -1, 0, 1, 2}


def test_something_is_changing_begins_the_series_anew_with_other_jitter() -> None:
    rhythm = rhythm_in(AMSTERDAM, window=ALWAYS)
    moments = {due(rhythm, date(2030, 5, 1), 4, series=series) for series in range(5)}
    assert len(moments) > 1
    first = next_due(rhythm, date(2030, 5, 1), after=None, now=at(2030, 5, 1, 12), series=1)
    assert (first.index, first.nominal) == (0, date(2030, 5, 2))


def test_nobody_is_asked_on_the_day_they_begin() -> None:
    for number in range(50):
        rhythm = Rhythm("standard", ALWAYS, ZoneInfo("UTC"), number.to_bytes(4, "big"))
        assert due(rhythm, date(2025, 1, 15), 0).date() > date(2025, 1, 15)


def test_slower_after_two_unanswered_and_never_much_slower() -> None:
    assert [spacing(count) for count in range(8)] == [1, 1, 2, 2, 4, 4, 4, 4]
    rhythm = rhythm_in(AMSTERDAM, window=ALWAYS)
    now = due(rhythm, date(2025, 1, 15), 4)
    assert next_due(rhythm, date(2025, 1, 15), after=4, unanswered=1, now=now).index == 5
    assert next_due(rhythm, date(2025, 1, 15), after=4, unanswered=2, now=now).index == 6


def test_what_was_missed_is_left_out() -> None:
    rhythm = rhythm_in(AMSTERDAM)
    after_years = next_due(rhythm, date(2025, 1, 15), after=3, now=at(2031, 1, 20))
    assert after_years.at > at(2031, 1, 20)
    assert after_years.at < at(2031, 8, 1)
    outage = due(rhythm, date(2025, 1, 15), 3) + timedelta(hours=72)
    assert next_due(rhythm, date(2025, 1, 15), after=3, now=outage).index == 4


# -- windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        {"days": frozenset()},
        {"days": frozenset({7})},
        {"first": 600, "end": 600},
        {"first": 700, "end": 600},
        {"first": 600, "end": 600 + LEAST_OPEN - 1},
        {"end": 24 * 60 + 1},
        {"first": 540, "end": 1200, "quiet": (500, 1150)},
        {"quiet": (0, 24 * 60 - 1)},
    ],
)
def test_a_window_with_no_hour_is_none(told: dict[str, object]) -> None:
    with pytest.raises(WindowEmpty):
        Window(**{"days": frozenset({0}), "first": 0, "end": 24 * 60, **told})  # type: ignore[arg-type]


def test_quiet_hours_are_taken_out_also_over_midnight() -> None:
    assert Window(frozenset({0}), 0, 24 * 60, quiet=(22 * 60, 8 * 60)).spans == ((8 * 60, 22 * 60),)
    assert Window(frozenset({0}), 9 * 60, 20 * 60, quiet=(12 * 60, 13 * 60)).spans == (
        (9 * 60, 12 * 60),
        (13 * 60, 20 * 60),
    )


def test_a_window_of_one_day_a_week_waits_for_it() -> None:
    rhythm = rhythm_in(AMSTERDAM, window=ONE_HOUR)
    for index in range(40):
        assert due(rhythm, date(2025, 1, 15), index).astimezone(rhythm.zone).weekday() == 6


def test_an_hour_that_the_clock_skips() -> None:
    rhythm = rhythm_in(AMSTERDAM, window=ONE_HOUR)
    skipped = at(2026, 3, 29)  # at 2:00 it is 3:00
    assert next_safe(rhythm, skipped) == at(2026, 4, 5, 0)  # a week later: 2:00 summer time
    late = rhythm_in(AMSTERDAM, window=Window(frozenset({6}), 2 * 60 + 30, 4 * 60))
    assert next_safe(late, skipped) == at(2026, 3, 29, 1)  # 3:00, right after the jump


def test_an_hour_that_the_clock_shows_twice() -> None:
    rhythm = rhythm_in(AMSTERDAM, window=ONE_HOUR)
    assert next_safe(rhythm, at(2026, 10, 24, 12)) == at(2026, 10, 25, 0)  # the first time
    assert is_safe(rhythm, at(2026, 10, 25, 1))
    assert is_safe(rhythm, at(2026, 10, 25, 1, 59))
    assert not is_safe(rhythm, at(2026, 10, 25, 2))


def test_a_day_that_never_was() -> None:
    friday = Window(frozenset({4}), 10 * 60, 12 * 60)
    rhythm = rhythm_in("Pacific/Apia", window=friday)  # there was no Friday 30 December 2011
    local = next_safe(rhythm, at(2011, 12, 29)).astimezone(rhythm.zone)
    assert (local.date(), local.hour) == (date(2012, 1, 6), 10)


def test_who_moves_is_asked_at_the_same_hour_of_the_new_wall() -> None:
    here, there = (rhythm_in(zone, window=EVENINGS) for zone in (AMSTERDAM, "America/Curacao"))
    there = Rhythm(there.preset, there.window, there.zone, here.seed)
    for index in range(12):
        walls = [due(one, date(2026, 5, 1), index).astimezone(one.zone).replace(tzinfo=None) for one in (here, there)]
        assert walls[0] == walls[1]


# -- every zone -------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.sampled_from(PRESETS), windows, moments, st.integers(1, 200))
def test_every_check_in_once_and_in_its_window(
    zone: str,
    preset: str,
    told: tuple[frozenset[int], int, int, tuple[int, int] | None],
    begun: datetime,
    every_days: int,
) -> None:
    if (window := window_of(told)) is not None:
        rhythm = rhythm_in(zone, preset=preset, window=window, every_days=max(every_days, 15))
        assert check_years(rhythm, begun, years=10) > 5


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), windows, moments)
def test_the_next_safe_moment(
    zone: str, told: tuple[frozenset[int], int, int, tuple[int, int] | None], moment: datetime
) -> None:
    if (window := window_of(told)) is not None:
        check_safe_moments(rhythm_in(zone, window=window), moment)


@pytest.mark.parametrize("zone", [AMSTERDAM, "Australia/Lord_Howe", "Africa/Casablanca", "America/Nuuk", "Asia/Gaza"])
@pytest.mark.parametrize("window", [NIGHTS, ONE_HOUR], ids=["nights", "one hour"])
def test_a_hundred_years(zone: str, window: Window) -> None:
    assert check_years(rhythm_in(zone, window=window), at(1980, 3, 1), years=100) > 200


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), moments, st.integers(-3600, 3600))
def test_a_clock_that_steps_an_hour_brings_nothing_twice(zone: str, begun: datetime, step: int) -> None:
    rhythm = rhythm_in(zone)
    anchor = begun.astimezone(rhythm.zone).date()
    first = next_due(rhythm, anchor, after=None, now=begun)
    stepped = first.at + timedelta(seconds=step)
    second = next_due(rhythm, anchor, after=first.index, now=max(stepped, first.at))
    assert second.index > first.index
    assert second.at > first.at
