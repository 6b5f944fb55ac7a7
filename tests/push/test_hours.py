"""A plan has hours, push has quiet hours: a push for a check-in falls inside the ones and outside of the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.push.actions import sending, waking
from backend.core.push.actions.notifications import Wanted, change_notifications
from backend.core.push.actions.sending import send_due
from backend.core.push.actions.waking import deliver
from backend.core.push.quiet import parse_quiet
from backend.core.push.vocabulary import Kind
from infra.drill.services import fcm_error
from peers.checkins.actions import clock
from peers.checkins.cadence import Rhythm, Window, WindowEmpty, is_safe, next_safe
from peers.checkins.models import Checkin
from tests.cast import Cast
from tests.peers.asking_how import AMSTERDAM, MONDAY, ahead, set_wishes
from tests.push.conftest import House, expand, waiting

pytestmark = pytest.mark.django_db


def at_wall(hours: int, minutes: int = 0, seconds: int = 0) -> datetime:
    """A time on that Monday in Amsterdam."""
    return datetime(2026, 3, 9, hours, minutes, seconds, tzinfo=ZoneInfo(AMSTERDAM)).astimezone(UTC)


def sent(house: House) -> int:
    return len(house.fcm.messages())


@pytest.fixture
def planned(house: House, cast: Cast) -> Checkin:
    """ana may be asked from 18 to 21 in Amsterdam; her next check-in is due that Monday at 19."""
    house.phone(cast.ana)
    set_wishes(cast.ana.account, now=MONDAY)
    expand(now=MONDAY)
    there = ahead(cast.ana.account)
    there.due_at = at_wall(19)
    there.save(update_fields=["due_at"])
    return there


def quiet(cast: Cast, start: str, end: str, zone: str = AMSTERDAM) -> None:
    wanted = Wanted(quiet=parse_quiet(timezone=zone, start=start, end=end))
    change_notifications(by=cast.ana.account, wanted=wanted, check=lambda _: None, now=MONDAY)
    expand(now=MONDAY)


def test_quiet_hours_of_push_are_kept_by_a_check_in_that_its_plan_allows(
    house: House, cast: Cast, planned: Checkin
) -> None:
    quiet(cast, "18:30", "20:00")
    assert clock.open_due(now=at_wall(19)) == 1
    house.work(now=at_wall(19))
    assert sent(house) == 0
    assert [at_wall(20) <= row.due_at <= at_wall(20, 0, 31) for row in waiting()] == [True]
    house.work(now=at_wall(20))
    assert sent(house) == 1


def test_hours_of_the_plan_are_kept_by_a_push_that_was_late(house: House, cast: Cast, planned: Checkin) -> None:
    """The service was away until after the member's hours: the push waits for the next evening."""
    house.fcm.answers["token-of-a-phone"] = [fcm_error(503, "UNAVAILABLE", after="7200")]
    assert clock.open_due(now=at_wall(19)) == 1
    later = house.work(now=at_wall(19, 30))
    assert sent(house) == 1
    house.work(now=later + timedelta(hours=2, minutes=1))  # 21:31
    assert sent(house) == 1
    (row,) = waiting()
    assert timedelta(0) <= row.due_at - at_wall(18) - timedelta(days=1) <= timedelta(seconds=30)
    house.work(now=at_wall(18) + timedelta(days=1))
    assert (sent(house), waiting()) == (2, [])


def test_the_jitter_does_not_carry_it_over_the_end_of_the_hours(
    house: House, cast: Cast, planned: Checkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "jitter", lambda: timedelta(seconds=30))
    now = at_wall(20, 59, 50)
    assert clock.open_due(now=now) == 1
    expand(now=now)
    assert send_due(now=now) == 1
    assert sent(house) == 1


def test_with_the_jitter_it_would_wait_for_the_next_evening(house: House, cast: Cast, planned: Checkin) -> None:
    now = at_wall(20, 59, 50)
    clock.open_due(now=now)
    expand(now=now)
    send_due(now=now + timedelta(seconds=11))
    assert sent(house) == 0
    assert waiting()[0].due_at >= at_wall(18) + timedelta(days=1)


def test_where_quiet_hours_take_all_of_the_plan_it_waits_in_the_inbox(
    house: House, cast: Cast, planned: Checkin
) -> None:
    quiet(cast, "17:00", "22:00")
    assert clock.open_due(now=at_wall(19)) == 1
    house.work(now=at_wall(19))
    assert (sent(house), waiting()) == (0, [])
    assert Checkin.objects.get(id=planned.id).state == "open"


def test_what_is_not_about_a_check_in_keeps_only_the_quiet_hours_of_push(
    house: House, cast: Cast, planned: Checkin
) -> None:
    deliver(account=cast.ana.account, kind=Kind.MESSAGES, now=at_wall(23))
    house.work(now=at_wall(23))
    assert sent(house) == 1


def test_both_in_one_delivery_go_when_the_first_of_them_may(house: House, cast: Cast, planned: Checkin) -> None:
    quiet(cast, "18:30", "20:00")
    clock.open_due(now=at_wall(19))
    deliver(account=cast.ana.account, kind=Kind.ACCOUNT, now=at_wall(19))
    house.work(now=at_wall(19))
    assert sent(house) == 0
    house.work(now=at_wall(20, 1))
    assert (sent(house), waiting()) == (1, [])


def test_another_plan_counts_for_what_waits(house: House, cast: Cast, planned: Checkin) -> None:
    clock.open_due(now=at_wall(19))
    expand(now=at_wall(19))
    set_wishes(cast.ana.account, now=at_wall(19), first_minute=9 * 60, end_minute=11 * 60)
    send_due(now=at_wall(19, 1))
    assert sent(house) == 0
    assert waiting()[0].due_at >= at_wall(9) + timedelta(days=1)


ZONES = ["Europe/Amsterdam", "America/Curacao", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
MINUTES = st.integers(0, 24 * 60 - 1)
MOMENTS = st.integers(1_735_689_600, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@settings(max_examples=150, deadline=None)
@given(
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    hours=st.tuples(MINUTES, MINUTES),
    silent=st.tuples(MINUTES, MINUTES),
    now=MOMENTS,
)
def test_the_moment_found_is_in_the_hours_and_not_quiet_whatever_they_are(
    zones: tuple[str, str], days: frozenset[int], hours: tuple[int, int], silent: tuple[int, int], now: datetime
) -> None:
    first, end = min(hours), max(hours) + 1
    start, stop = (f"{minute // 60:02}:{minute % 60:02}" for minute in silent)
    if start == stop:
        return
    try:
        rhythm = Rhythm("standard", Window(days, first, end), ZoneInfo(zones[0]), b"seed")
    except WindowEmpty:
        return
    quiet_hours = parse_quiet(timezone=zones[1], start=start, end=stop)
    found = sending._first_open(lambda at: next_safe(rhythm, at), quiet=quiet_hours, now=now)
    if found is not None:
        assert found >= now
        assert is_safe(rhythm, found)
        assert not quiet_hours.is_quiet(at=found)


def test_of_what_is_planned_nothing_needs_a_phone(cast: Cast) -> None:
    """Quiet hours of push move no check-in: what is asked does not hang on whether there is a phone."""
    set_wishes(cast.ana.account, now=MONDAY)
    before = ahead(cast.ana.account).due_at
    quiet(cast, "00:00", "23:59")
    assert ahead(cast.ana.account).due_at == before
