"""Check-ins: asked in the member's own hours, once each, for years; silence is harmless, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import DomainError
from backend.core.jobs import run_due
from backend.core.models import AuditEntry
from peers.checkins import figures
from peers.checkins.actions import clock, plans
from peers.checkins.models import Checkin, Plan
from tests.asking import API, codes_at, inbox_of, refused, together
from tests.cast import Cast, Person, utc_now
from tests.peers.asking_how import (
    AMSTERDAM,
    BODY,
    MONDAY,
    ahead,
    answer,
    hour_of,
    live_until,
    open_next,
    set_wishes,
    states_of,
    wishes,
)
from tests.peers.referring import agree

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
PLAN, CHECKINS = f"{API}/me/checkin-plan", f"{API}/checkins"


def types(account: Account) -> list[str]:
    return [event["type"] for event in inbox_of(account)]


# -- the plan ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_what_the_member_says(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    empty = client.get(PLAN)
    assert (empty.json()["cadence"], empty["ETag"]) == (None, '"0"')
    refused(client.put(PLAN, BODY, HTTP_IF_MATCH='"0"'), 403, "checkins_consent_needed")
    agree(cast.ana.account, "checkins", now=utc_now())
    reply = client.put(PLAN, BODY, HTTP_IF_MATCH='"0"')
    assert (reply.status_code, reply["ETag"]) == (200, '"1"'), reply.content
    told = reply.json()
    assert told["window"] == {"days": ["mon", "wed", "sun"], "first": "18:00", "end": "21:00", "quiet": None}
    assert (told["timezone"], told["domains"], told["caring_messages"]) == (AMSTERDAM, ["housing", "money"], False)
    assert told["next_at"] is not None
    assert client.get(PLAN).json() == told
    refused(client.put(PLAN, BODY), 428, "if_match_needed")
    refused(client.put(PLAN, BODY, HTTP_IF_MATCH='"0"'), 412, "stale")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"cadence": "never"}, "/cadence", "not_choice"),
        ({"cadence": "own"}, "/every_days", "rhythm_incomplete"),
        ({"every_days": 9}, "/every_days", "rhythm_incomplete"),
        ({"cadence": "own", "every_days": 0}, "/every_days", "too_small"),
        ({"timezone": "Mars/Olympus"}, "/timezone", "zone_unknown"),
        ({"timezone": "../etc/passwd"}, "/timezone", "zone_unknown"),
        ({"timezone": "europe/amsterdam"}, "/timezone", "zone_unknown"),
        ({"window": {"days": [], "first": "18:00", "end": "21:00"}}, "/window/days", "too_few_items"),
        ({"window": {"days": ["mon"], "first": "18:00", "end": "18:30"}}, "/window", "window_empty"),
        ({"window": {"days": ["mon"], "first": "21:00", "end": "18:00"}}, "/window", "window_empty"),
        ({"window": {"days": ["mon"], "first": "25:00", "end": "26:00"}}, "/window/first", "hours_time_malformed"),
        (
            {
                "window": {
                    "days": ["mon"],
                    "first": "08:00",
                    "end": "20:00",
                    "quiet": {"first": "07:00", "end": "19:30"},
                }
            },
            "/window",
            "window_empty",
        ),
        ({"domains": ["work", "money", "mind", "safety"]}, "/domains", "too_many_items"),
        ({"paused_until": "2020-01-01T00:00:00Z"}, "/paused_until", "pause_refused"),
        ({"paused_until": "2099-01-01T00:00:00Z"}, "/paused_until", "pause_refused"),
        ({"ends_at": "2030-01-01T00:00:00Z"}, "", "unknown_field"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(
    cast: Cast, client_of: Client, change: dict[str, Any], pointer: str, code: str
) -> None:
    agree(cast.ana.account, "checkins", now=utc_now())
    reply = client_of(cast.ana).put(PLAN, {**BODY, **change}, HTTP_IF_MATCH='"0"')
    assert codes_at(reply)[pointer] == code
    assert not Plan.objects.exists()


def test_a_plan_is_its_members_alone(cast: Cast, client_of: Client) -> None:
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    for other in (cast.ben, cast.cleo, cast.max, cast.olga):
        client = client_of(other)
        assert client.get(PLAN).json()["cadence"] is None
        assert client.get(CHECKINS).json()["items"] == []
        refused(client.get(f"{CHECKINS}/{there.id}"), 404, "not_found")
        refused(client.post(f"{CHECKINS}/{there.id}/answer", {"answers": {}}), 404, "not_found")
        until = (utc_now() + timedelta(days=1)).isoformat()
        refused(client.post(f"{CHECKINS}/{there.id}/snooze", {"until": until}), 404, "not_found")
    refused(APIClient().get(PLAN), 401, "sign_in_needed")


def test_nothing_is_asked_before_its_time_and_what_is_ahead_is_not_shown(cast: Cast, client_of: Client) -> None:
    set_wishes(cast.ana.account)
    there = ahead(cast.ana.account)
    assert there.due_at is not None
    run_due(now=there.due_at - timedelta(seconds=1))
    assert states_of(cast.ana.account) == ["planned"]
    assert client_of(cast.ana).get(CHECKINS).json()["items"] == []
    refused(client_of(cast.ana).get(f"{CHECKINS}/{there.id}"), 404, "not_found")


# -- opening ----------------------------------------------------------------------------------------------------------


def test_one_opens_in_its_hours_and_the_next_lies_ahead(cast: Cast, client_of: Client) -> None:
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    assert (there.state, there.domains) == ("open", ["housing", "money"])
    assert hour_of(there.opened_at) in (18, 19, 20)
    assert ahead(cast.ana.account).index == there.index + 1
    assert types(cast.ana.account)[-1] == "checkin.due"
    told = client_of(cast.ana).get(f"{CHECKINS}/{there.id}", HTTP_ACCEPT_LANGUAGE="nl").json()
    assert [one["key"] for one in told["questions"]] == ["overall", "housing", "money", "wish"]
    assert told["questions"][0]["text"] == "Hoe gaat het met je, alles bij elkaar?"
    assert (told["answer"], told["offers"], told["state"]) == (None, [], "open")
    assert client_of(cast.ana).get(CHECKINS, {"state": "open"}).json()["items"][0]["id"] == str(there.id)
    assert client_of(cast.ana).get(CHECKINS, {"state": "answered"}).json()["items"] == []
    refused(client_of(cast.ana).get(CHECKINS, {"state": "planned"}), 400, "parameter_invalid")


def test_a_late_worker_does_not_ask_at_night(cast: Cast) -> None:
    set_wishes(cast.ana.account)
    there = ahead(cast.ana.account)
    assert there.due_at is not None
    night = there.due_at.replace(hour=23) + timedelta(days=3)  # 72 h later
    run_due(now=night)
    moved = Checkin.objects.get(id=there.id)
    assert (moved.state, moved.index) == ("planned", there.index)
    assert moved.due_at is not None
    assert hour_of(moved.due_at) == 18
    run_due(now=moved.due_at)
    assert Checkin.objects.get(id=there.id).state == "open"
    assert Checkin.objects.filter(plan=cast.ana.account.id, index=there.index).count() == 1


def test_a_clock_that_steps_back_asks_nothing_twice(cast: Cast) -> None:
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    assert there.opened_at is not None
    for shift in (-3600, 3600, -3600, 0):
        run_due(now=there.opened_at + timedelta(seconds=shift))
    assert states_of(cast.ana.account) == ["open", "planned"]
    assert types(cast.ana.account).count("checkin.due") == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_open_each_once(cast: Cast) -> None:
    people = (cast.ana, cast.cleo, cast.dora, cast.max)
    for person in people:
        set_wishes(person.account)
    now = max(there.due_at for there in Checkin.objects.all() if there.due_at) + timedelta(days=1)
    now = now.replace(hour=18, minute=30)
    for _ in range(3):
        together(*[partial(clock.open_due, now=now) for _ in range(4)])
    for person in people:
        assert states_of(person.account) == ["open", "planned"]
        assert types(person.account).count("checkin.due") == 1


def test_who_moves_is_asked_by_the_new_wall(cast: Cast) -> None:
    set_wishes(cast.ana.account)
    here = ahead(cast.ana.account)
    set_wishes(cast.ana.account, zone="America/Curacao")
    there = ahead(cast.ana.account)
    assert (there.id, there.index) == (here.id, here.index), "the same one, moved"
    assert there.due_at is not None
    assert here.due_at is not None
    assert there.due_at - here.due_at == timedelta(hours=5)
    assert hour_of(open_next(cast.ana.account).opened_at, "America/Curacao") in (18, 19, 20)


def test_another_rhythm_goes_on_from_today(cast: Cast) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    for _ in range(10):
        there = open_next(ana)
    assert there.opened_at is not None
    now = there.opened_at + timedelta(hours=1)
    for preset, most in (("light", 190), ("often", 100), ("standard", 190)):
        set_wishes(ana, now=now, preset=preset)
        coming = ahead(ana)
        assert coming.due_at is not None
        assert timedelta(0) < coming.due_at - now < timedelta(days=most), preset
    assert ahead(ana).plan.anchor == MONDAY.date(), "the early series does not begin again"
    open_next(ana)


# -- silence ----------------------------------------------------------------------------------------------------------


def test_one_reminder_at_most_and_then_it_rests(cast: Cast) -> None:
    set_wishes(cast.ana.account, preset="own", every_days=60)
    there = open_next(cast.ana.account)
    assert there.opened_at is not None
    live_until(there.opened_at + timedelta(days=20))
    rested = Checkin.objects.get(id=there.id)
    assert (rested.state, rested.due_at) == ("lapsed", None)
    assert rested.reminded_at is not None
    assert hour_of(rested.reminded_at) in (18, 19, 20)
    assert types(cast.ana.account).count("checkin.due") == 2
    assert Plan.objects.get().unanswered == 1


def test_who_wants_no_reminder_gets_none(cast: Cast) -> None:
    set_wishes(cast.ana.account, preset="own", every_days=60, reminders=False)
    there = open_next(cast.ana.account)
    assert there.opened_at is not None
    live_until(there.opened_at + timedelta(days=8))
    assert Checkin.objects.get(id=there.id).state == "lapsed"
    assert types(cast.ana.account).count("checkin.due") == 1


def test_two_unanswered_make_it_slower_and_an_answer_undoes_that(cast: Cast) -> None:
    set_wishes(cast.ana.account, preset="own", every_days=30)
    for _ in range(2):
        there = open_next(cast.ana.account)
        assert there.opened_at is not None
        live_until(there.opened_at + timedelta(days=10))
    assert ahead(cast.ana.account).index == there.index + 2
    late, open_at = Checkin.objects.get(id=there.id), there.opened_at
    assert open_at is not None
    answer(cast.ana.account, late, now=open_at + timedelta(days=12))
    assert Checkin.objects.get(id=there.id).state == "answered", "late is welcome"
    assert ahead(cast.ana.account).index == there.index + 1
    assert Plan.objects.get().unanswered == 0
    assert not AuditEntry.objects.filter(subject=cast.ana.account.id).exists(), "silence is nobody's business"


def test_the_next_one_lets_the_older_rest(cast: Cast) -> None:
    set_wishes(cast.ana.account, preset="own", every_days=5)
    for _ in range(6):
        open_next(cast.ana.account)
    assert states_of(cast.ana.account)[-2:] == ["open", "planned"]
    assert set(states_of(cast.ana.account)[:-2]) == {"lapsed"}


# -- pause, change, stop ----------------------------------------------------------------------------------------------


def test_pause_and_return_lose_nothing(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    first = open_next(ana)
    assert first.opened_at is not None
    answer(ana, first, now=first.opened_at)
    second = open_next(ana)
    assert second.opened_at is not None
    until = second.opened_at + timedelta(days=180)
    set_wishes(ana, now=second.opened_at + timedelta(hours=1), paused_until=until)
    assert Checkin.objects.get(id=second.id).state == "paused"
    there = ahead(ana)
    assert there.due_at is not None
    assert there.due_at > until
    live_until(until)
    assert types(ana).count("checkin.due") == 2
    open_next(ana)
    assert states_of(ana) == ["answered", "paused", "open", "planned"]
    assert client_of(ana).get(f"{CHECKINS}/{first.id}").json()["answer"]["answers"] == {"overall": "good"}
    answer(ana, Checkin.objects.get(id=second.id), now=until + timedelta(days=200))  # the same thread goes on


def test_coming_back_early_asks_early(cast: Cast) -> None:
    ana = cast.ana.account
    set_wishes(ana, paused_until=MONDAY + timedelta(days=300))
    far = ahead(ana).due_at
    set_wishes(ana, now=MONDAY + timedelta(days=20), paused_until=None)
    near = ahead(ana).due_at
    assert far is not None
    assert near is not None
    assert near < far


def test_something_is_changing_begins_anew_any_number_of_times(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    for _ in range(8):
        open_next(ana)
    for number in range(1, 4):
        now = MONDAY + timedelta(days=400 * number)
        plans.begin_anew(by=ana, now=now)
        there = ahead(ana)
        assert (there.series, there.index) == (number, 0)
        assert there.due_at is not None
        assert there.due_at - now < timedelta(days=5)
        open_next(ana)
    refused(client_of(cast.cleo).post(f"{PLAN}/changing"), 404, "not_found")


def test_only_the_member_stops_it_and_may_begin_again(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    set_wishes(ana, caring=True)
    there = open_next(ana)
    for _ in range(2):
        assert client_of(ana).delete(PLAN).status_code == 204
    assert Checkin.objects.get(id=there.id).state == "stopped"
    assert not Checkin.objects.filter(state="planned").exists()
    run_due(now=MONDAY + timedelta(days=4000))
    assert types(ana).count("checkin.due") == 1
    refused(client_of(ana).post(f"{PLAN}/changing"), 404, "not_found")
    refused(client_of(cast.cleo).delete(PLAN), 404, "not_found")
    set_wishes(ana, now=MONDAY + timedelta(days=5000))
    assert ahead(ana).index == 0
    open_next(ana)


def test_withdrawing_the_consent_stops_it(cast: Cast) -> None:
    set_wishes(cast.ana.account)
    agree(cast.ana.account, now=utc_now())
    assert Plan.objects.get().stopped_at is not None
    assert not Checkin.objects.filter(state="planned").exists()


# -- cost and alarm ---------------------------------------------------------------------------------------------------


def test_lists_take_as_many_queries_for_one_as_for_many(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ana, client = cast.ana.account, client_of(cast.ana)
    set_wishes(ana)
    for size in (1, 6):
        for _ in range(size):
            there = open_next(ana)
            assert there.opened_at is not None
            answer(ana, there, now=there.opened_at)
        with django_assert_num_queries(2), django_assert_num_queries(1, connection=connections["keystore"]):
            client.get(CHECKINS)


def test_what_is_overdue_raises_the_alarm(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    set_wishes(cast.ana.account)
    there = ahead(cast.ana.account)
    assert there.due_at is not None
    figures.watch(there.due_at + timedelta(minutes=9))
    assert not caplog.records
    figures.watch(there.due_at + timedelta(minutes=10))
    assert "overdue" in caplog.text
    assert str(cast.ana.account.id) not in caplog.text


def test_the_action_guards_itself(cast: Cast) -> None:
    agree(cast.ana.account, "checkins", now=utc_now())
    for given in ({"zone": "x"}, {"days": ()}, {"preset": "own"}, {"domains": ["work", "money", "mind", "people"]}):
        with pytest.raises(DomainError):
            plans.set_plan(by=cast.ana.account, wishes=wishes(**given), check=lambda version: None, now=utc_now())
