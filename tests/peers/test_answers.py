"""Answers: the member's alone, one for each check-in, put off a few times at most; low ones show help to them only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import Conflict, DomainError, NotFound
from backend.core.jobs import run_due
from peers.checkins import errors, queries
from peers.checkins.actions import answers, plans
from peers.checkins.cadence import is_safe
from peers.checkins.models import Checkin, Plan
from peers.directory.models import Helpline
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, utc_now
from tests.peers.asking_how import ahead, answer, open_next, set_wishes

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
CHECKINS = f"{API}/checkins"


def types(account: Account) -> list[str]:
    return [event["type"] for event in inbox_of(account)]


def test_an_answer_is_the_members_alone(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    there = open_next(ana)
    body = {"answers": {"overall": "bad", "housing": "very_bad", "money": "rather_not"}, "note": "Kanarie: the rent"}
    reply = client_of(ana).post(f"{CHECKINS}/{there.id}/answer", body)
    assert reply.status_code == 200, reply.content
    told = reply.json()
    assert (told["request"], told["nobody_beside"]) == (None, False), "a low answer tells nobody"
    assert told["checkin"]["offers"] == ["helplines", "ask_contact"]
    assert told["checkin"]["answer"] == {**body, "wish": "no"}
    stored = dump_databases()
    for word in ("Kanarie", "very_bad", "rather_not"):
        assert word not in stored
        assert word.encode().hex() not in stored
    shown = client_of(ana).get(f"{CHECKINS}/{there.id}").json()
    assert shown == {**told["checkin"], "helplines": told["helplines"]}
    with pytest.raises(ValueError, match="not one's own"):
        queries.read_answers([Checkin.objects.get(id=there.id)], by=cast.ben.account, now=utc_now())
    with pytest.raises(ValueError, match="not one's own"):
        answers.read_answer(Checkin.objects.get(id=there.id), by=cast.ben.account, now=utc_now())


def test_the_same_answer_again_is_the_same_and_another_is_refused(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    path = f"{CHECKINS}/{open_next(ana).id}/answer"
    client = client_of(ana)
    first = client.post(path, {"answers": {"overall": "good"}})
    assert client.post(path, {"answers": {"overall": "good"}}).json() == first.json()
    refused(client.post(path, {"answers": {"overall": "bad"}}), 409, "answered_otherwise")
    assert types(ana).count("checkin.changed") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_stands(cast: Cast) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    there = open_next(ana)
    outcomes = together(
        *[partial(answer, ana, there, now=utc_now(), overall=step) for step in ("good", "bad", "very_bad")]
    )
    assert sum(isinstance(one, errors.AnsweredOtherwise) for one in outcomes) == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/answers", "required"),
        ({"answers": {"overall": "fine"}}, "/answers/overall", "not_choice"),
        ({"answers": {"overall": 3}}, "/answers/overall", "not_choice"),
        ({"answers": {"mood": "good"}}, "/answers", "unknown_field"),
        ({"answers": {"work": "good"}}, "/answers", "question_not_asked"),
        ({"answers": {}, "wish": "police"}, "/wish", "not_choice"),
        ({"answers": {}, "note": "x" * 1001}, "/note", "text_too_long"),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(
    cast: Cast, client_of: Client, body: dict[str, Any], pointer: str, code: str
) -> None:
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    assert codes_at(client_of(cast.ana).post(f"{CHECKINS}/{there.id}/answer", body))[pointer] == code
    assert Checkin.objects.get(id=there.id).state == "open"


def test_what_was_not_asked_or_is_stopped_is_not_answered(cast: Cast) -> None:
    ana = cast.ana.account
    set_wishes(ana)
    there = open_next(ana)
    with pytest.raises(NotFound):
        answers.answer_checkin(by=ana, checkin=uuid4(), answers={}, wish="no", note="", now=utc_now())
    with pytest.raises(NotFound):
        answer(ana, ahead(ana), now=utc_now())
    plans.stop_plan(by=ana, now=utc_now())
    with pytest.raises(Conflict):
        answer(ana, there, now=utc_now())


def test_it_can_be_put_off_but_not_for_ever(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    set_wishes(ana, preset="own", every_days=200)
    there = open_next(ana)
    assert there.opened_at is not None
    now = there.opened_at
    for _ in range(answers.MOST_SNOOZES):
        snoozed = answers.snooze_checkin(by=ana, checkin=there.id, until=now + timedelta(hours=8), now=now)
        assert snoozed.due_at is not None
        assert is_safe(snoozed.plan.rhythm, snoozed.due_at), "again in the member's own hours"
        assert snoozed.due_at >= now + timedelta(hours=8)
        now = snoozed.due_at
        run_due(now=now)
        assert Checkin.objects.get(id=there.id).state == "open"
    with pytest.raises(errors.SnoozedEnough):
        answers.snooze_checkin(by=ana, checkin=there.id, until=now + timedelta(hours=8), now=now)
    assert types(ana).count("checkin.due") == 1 + answers.MOST_SNOOZES
    for until in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"):
        reply = client_of(ana).post(f"{CHECKINS}/{there.id}/snooze", {"until": until})
        assert codes_at(reply)["/until"] == "pause_refused"
    answer(ana, there, now=now)
    with pytest.raises(DomainError):
        answers.snooze_checkin(by=ana, checkin=there.id, until=now + timedelta(hours=1), now=now)


# -- what may be offered after it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "said", "offered"),
    [
        ({"preset": "often"}, {"overall": "good"}, {"cadence": "standard", "every_days": None}),
        ({"preset": "standard"}, {"overall": "very_good"}, {"cadence": "light", "every_days": None}),
        ({"preset": "light"}, {"overall": "good"}, None),
        ({"preset": "own", "every_days": 30}, {"overall": "good"}, {"cadence": "own", "every_days": 60}),
        ({"preset": "own", "every_days": 300}, {"overall": "good"}, {"cadence": "own", "every_days": 366}),
        ({"preset": "own", "every_days": 366}, {"overall": "good"}, None),
        ({"preset": "often"}, {"overall": "so_so"}, None),
        ({"preset": "often"}, {"overall": "good", "housing": "bad"}, None),
        ({"preset": "often"}, {"housing": "good"}, None),
    ],
)
def test_wider_spacing_may_be_offered_and_is_never_imposed(
    cast: Cast, client_of: Client, plan: dict[str, Any], said: dict[str, str], offered: dict[str, Any] | None
) -> None:
    ana = cast.ana.account
    set_wishes(ana, **plan)
    there = open_next(ana)
    coming = ahead(ana)
    path = f"{CHECKINS}/{there.id}/answer"
    assert client_of(ana).post(path, {"answers": said}).json()["wider"] == offered
    assert client_of(ana).post(path, {"answers": said}).json()["wider"] == offered, "again: the same"
    assert Plan.objects.get().preset == plan["preset"]
    assert (ahead(ana).index, ahead(ana).due_at) == (coming.index, coming.due_at)


def test_who_wishes_for_contact_is_offered_somebody_and_no_wider_spacing(cast: Cast, client_of: Client) -> None:
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    body = {"answers": {"overall": "good"}, "wish": "contact"}
    told = client_of(cast.ana).post(f"{CHECKINS}/{there.id}/answer", body).json()
    assert (told["wider"], told["nobody_beside"]) == (None, True)


# -- helplines beside it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["bad", "very_bad"])
@pytest.mark.parametrize("item", ["overall", "housing"])
def test_helplines_stand_beside_a_low_answer(cast: Cast, client_of: Client, step: str, item: str) -> None:
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    told = client_of(cast.ana).post(f"{CHECKINS}/{there.id}/answer", {"answers": {item: step}}).json()
    assert told["checkin"]["offers"] == ["helplines", "ask_contact"]
    assert told["helplines"] == client_of(cast.ana).get(f"{API}/helplines").json()["items"]
    assert (told["helplines"][0]["kind"], told["helplines"][-1]["kind"]) == ("support", "police")
    assert all(line["contacts"] for line in told["helplines"] if line["kind"] == "emergency")
    assert client_of(cast.ana).get(f"{CHECKINS}/{there.id}").json()["helplines"] == told["helplines"]


def test_beside_another_answer_there_are_none_unless_contact_is_wished_for(cast: Cast, client_of: Client) -> None:
    set_wishes(cast.ana.account)
    for wish, some in (("no", False), ("contact", True), ("somebody", True)):
        there = open_next(cast.ana.account)
        body = {"answers": {"overall": "good"}, "wish": wish}
        told = client_of(cast.ana).post(f"{CHECKINS}/{there.id}/answer", body).json()
        assert bool(told["helplines"]) is some, wish
        assert client_of(cast.ana).get(f"{CHECKINS}/{there.id}").json()["helplines"] == []


def test_lines_that_speak_ones_language_come_first_within_their_kind(cast: Cast, client_of: Client) -> None:
    last = Helpline.objects.filter(kind="support").last()
    assert last is not None
    Helpline.objects.filter(key=last.key).update(languages=["ro", "bg"])
    Helpline.objects.filter(kind="police").update(languages=["ro"])
    set_wishes(cast.ana.account)
    there = open_next(cast.ana.account)
    path, body = f"{CHECKINS}/{there.id}/answer", {"answers": {"overall": "bad"}}
    told = client_of(cast.ana).post(path, body, HTTP_ACCEPT_LANGUAGE="ro").json()["helplines"]
    assert told[0]["key"] == last.key
    kinds = [line["kind"] for line in told]
    assert kinds == sorted(kinds, key=["support", "emergency", "police"].index), "the police stay last"
    told = client_of(cast.ana).post(path, body, HTTP_ACCEPT_LANGUAGE="nl").json()["helplines"]
    assert told[0]["key"] != last.key
