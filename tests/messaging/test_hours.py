"""Opening hours by the clock on the wall: past midnight, over clock changes, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging.hours import DAYS, MAX_WINDOWS, WEEK, HoursInvalid, OpeningHours, parse_hours

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MINUTE = timedelta(minutes=1)
ZONES = [
    "Europe/Amsterdam",
    "Europe/Sofia",
    "UTC",
    "America/St_Johns",
    "America/Havana",
    "Asia/Kathmandu",
    "Asia/Bangkok",
]
ZONES += ["Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran"]


def hours(zone: str = "Europe/Amsterdam", **days: list[list[str]]) -> OpeningHours:
    return parse_hours(data={"timezone": zone, "days": days})


def at(text: str, zone: ZoneInfo = AMSTERDAM, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def test_open_from_the_first_minute_and_closed_from_the_last() -> None:
    evening = hours(mon=[["18:00", "22:00"]])  # 2026-01-05 is a Monday
    assert not evening.is_open(at=at("2026-01-05T17:59:59.999999"))
    assert evening.is_open(at=at("2026-01-05T18:00"))
    assert evening.is_open(at=at("2026-01-05T21:59:59.999999"))
    assert not evening.is_open(at=at("2026-01-05T22:00"))
    assert not evening.is_open(at=at("2026-01-06T19:00"))
    assert evening.next_opening(at=at("2026-01-05T17:00")) == at("2026-01-05T18:00")
    assert evening.next_opening(at=at("2026-01-05T18:00")) == at("2026-01-12T18:00")
    assert evening.next_opening(at=at("2026-01-05T23:00")) == at("2026-01-12T18:00")


def test_the_clock_is_that_of_the_group() -> None:
    assert hours("Asia/Bangkok", mon=[["06:00", "07:00"]]).is_open(at=datetime(2026, 1, 4, 23, 30, tzinfo=UTC))
    opening = hours("Asia/Bangkok", mon=[["06:00", "07:00"]]).next_opening(at=datetime(2026, 1, 4, tzinfo=UTC))
    assert opening == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert opening.tzinfo is UTC


def test_a_window_may_pass_midnight_and_the_week() -> None:
    late = hours(sun=[["22:00", "02:00"]])
    assert late.is_open(at=at("2026-01-04T23:00"))
    assert late.is_open(at=at("2026-01-05T01:59"))
    assert not late.is_open(at=at("2026-01-05T02:00"))
    assert not late.is_open(at=at("2026-01-04T01:00"))
    assert late.next_opening(at=at("2026-01-05T01:00")) == at("2026-01-11T22:00")


def test_twenty_four_is_the_end_of_the_day() -> None:
    assert hours(mon=[["18:00", "24:00"]]) == hours(mon=[["18:00", "00:00"]])
    assert hours(mon=[["00:00", "24:00"]]).spans == ((0, 1440),)


def test_overlapping_and_touching_windows_are_one() -> None:
    assert hours(
        mon=[["20:00", "21:00"], ["09:00", "12:00"], ["11:00", "13:00"], ["11:30", "12:30"], ["13:00", "14:00"]]
    ).spans == (
        (540, 840),
        (1200, 1260),
    )


def test_the_whole_week_has_no_opening() -> None:
    always = hours("UTC", **{day: [["00:00", "24:00"]] for day in DAYS})
    assert always.spans == ((0, WEEK),)
    assert always.next_opening(at=at("2026-03-29T00:00")) is None


@pytest.mark.parametrize("data", [None, {}, {"timezone": "UTC"}, {"timezone": "UTC", "days": {"mon": []}}])
def test_no_hours_mean_always_open(data: object) -> None:
    assert parse_hours(data=data).is_open(at=at("2026-01-01T00:00"))
    assert parse_hours(data=data).next_opening(at=at("2026-01-01T00:00")) is None


def test_the_skipped_hour() -> None:  # 2026-03-29 in Amsterdam: 02:00 → 03:00
    within, across = hours(sun=[["02:15", "02:45"]]), hours(sun=[["02:30", "04:00"]])
    assert within.next_opening(at=at("2026-03-28T12:00")) == at("2026-04-05T02:15")
    assert across.next_opening(at=at("2026-03-28T12:00")) == at("2026-03-29T03:00")
    assert not across.is_open(at=at("2026-03-29T01:59:59"))


def test_the_hour_that_comes_twice() -> None:  # 2026-10-25 in Amsterdam: 03:00 → 02:00
    within, before = hours(sun=[["02:15", "02:45"]]), hours(sun=[["01:00", "02:30"]])
    first, second = at("2026-10-25T02:15"), at("2026-10-25T02:15", fold=1)
    assert second - first == timedelta(hours=1)
    assert within.is_open(at=first)
    assert within.is_open(at=second)
    assert within.next_opening(at=first) == second
    assert before.next_opening(at=at("2026-10-25T02:40")) == at("2026-10-25T02:00", fold=1)


def test_a_clock_that_goes_back_over_midnight() -> None:  # 2010-11-07 in St John's: 00:01 → 23:01 on the 6th
    st_johns = ZoneInfo("America/St_Johns")
    late = hours("America/St_Johns", sat=[["23:15", "23:30"]])
    assert late.next_opening(at=at("2010-11-07T00:00:30", st_johns)) == at("2010-11-06T23:15", st_johns, fold=1)


WINDOW = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda pair: pair[0] != pair[1])


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@settings(deadline=None, max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    days=st.dictionaries(st.sampled_from(DAYS), st.lists(WINDOW, min_size=1, max_size=3), min_size=1, max_size=3),
    start=st.integers(0, 100 * 365 * 1440).map(lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + minutes * MINUTE),
)
@example(zone="Europe/Amsterdam", days={"sun": [(150, 240)]}, start=datetime(2026, 3, 28, 23, tzinfo=UTC))
@example(zone="Europe/Amsterdam", days={"sun": [(60, 150)]}, start=datetime(2026, 10, 25, 0, 40, tzinfo=UTC))
@example(zone="Pacific/Apia", days={"fri": [(0, 1440)]}, start=datetime(2011, 12, 28, tzinfo=UTC))
@example(zone="Australia/Lord_Howe", days={"sun": [(105, 115)]}, start=datetime(2026, 4, 3, tzinfo=UTC))
def test_the_next_opening_is_what_a_minute_by_minute_walk_finds(
    zone: str, days: dict[str, list[tuple[int, int]]], start: datetime
) -> None:
    windows = {day: [[clock(first), clock(end)] for first, end in pairs] for day, pairs in days.items()}
    opening_hours = hours(zone, **windows)
    tz = ZoneInfo(zone)

    def is_open(moment: datetime) -> bool:  # told from the windows as they were given
        local = moment.astimezone(tz)
        minute, today, yesterday = (
            local.hour * 60 + local.minute,
            DAYS[local.weekday()],
            DAYS[local.weekday() - 1],
        )
        return any(first <= minute and (minute < end or end < first) for first, end in days.get(today, [])) or any(
            end < first and minute < end for first, end in days.get(yesterday, [])
        )

    found, was_open = None, is_open(start)
    assert opening_hours.is_open(at=start) == was_open
    for step in range(1, 15 * 1440):
        now_open = is_open(start + step * MINUTE)
        if now_open and not was_open:
            found = start + step * MINUTE
            break
        was_open = now_open
    if found is None:
        later = opening_hours.next_opening(at=start)
        assert later is None or later >= start + 15 * 1440 * MINUTE
    else:
        assert opening_hours.next_opening(at=start) == found
        assert opening_hours.is_open(at=found)


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        ([], "hours_malformed", ""),
        ("always", "hours_malformed", ""),
        ({"timezone": "UTC", "days": {}, "note": 1}, "hours_malformed", ""),
        ({"days": {}}, "hours_zone_unknown", "/timezone"),
        ({"timezone": 1}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "Europe"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "Europe/Naast"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "right/Europe/Amsterdam"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "../../etc/passwd"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "/etc/localtime"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "Factory"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "Europe/Amsterdam\0"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "E" * 5000}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "E/" * 5000 + "E"}, "hours_zone_unknown", "/timezone"),
        ({"timezone": "UTC", "days": []}, "hours_malformed", "/days"),
        ({"timezone": "UTC", "days": {"monday": []}}, "hours_day_unknown", "/days"),
        ({"timezone": "UTC", "days": {"mon": {}}}, "hours_malformed", "/days/mon"),
        ({"timezone": "UTC", "days": {"mon": ["18:00", "22:00"]}}, "hours_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["18:00"]]}}, "hours_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["18:00", 22]]}}, "hours_time_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["8:00", "9:00"]]}}, "hours_time_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["18:60", "19:00"]]}}, "hours_time_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["18:00", "24:01"]]}}, "hours_time_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["١٨:00", "19:00"]]}}, "hours_time_malformed", "/days/mon/0"),
        ({"timezone": "UTC", "days": {"mon": [["18:00\n", "19:00"]]}}, "hours_time_malformed", "/days/mon/0"),
        (
            {"timezone": "UTC", "days": {"mon": [["09:00", "10:00"], ["18:00", "18:00"]]}},
            "hours_window_empty",
            "/days/mon/1",
        ),
        ({"timezone": "UTC", "days": {"mon": [["24:00", "02:00"]]}}, "hours_window_empty", "/days/mon/0"),
        (
            {"timezone": "UTC", "days": {"mon": [["01:00", "02:00"]] * (MAX_WINDOWS + 1)}},
            "hours_too_many",
            "/days/mon",
        ),
    ],
)
def test_what_is_not_hours_is_refused_with_a_code_and_a_place(data: object, code: str, pointer: str) -> None:
    with pytest.raises(HoursInvalid) as refused:
        parse_hours(data=data)
    assert refused.value.code == code
    assert [error.pointer for error in refused.value.errors] == [pointer]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*DAYS, "18:00", "24:00", "UTC"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*DAYS, "timezone", "days"]) | st.text(max_size=4), inner, max_size=4)
    ),
)


@settings(deadline=None)
@given(data=JSON)
def test_any_json_is_hours_or_a_clear_refusal(data: object) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        opening_hours = parse_hours(data=data)
    except HoursInvalid:
        return
    assert opening_hours.is_open(at=now) or opening_hours.next_opening(at=now)


def test_a_time_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zone"):
        hours(mon=[["18:00", "22:00"]]).is_open(at=datetime(2026, 1, 1))  # noqa: DTZ001
