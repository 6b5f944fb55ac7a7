"""A wish for contact goes from one person to the next until somebody takes it, and the member sees each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Duty, Role
from backend.core.errors import NotFound
from backend.core.jobs import run_due
from backend.core.streams.models import Event
from peers.checkins import errors
from peers.checkins.actions import requests
from peers.checkins.models import ContactRequest
from peers.checkins.waking import woken_by_requests
from peers.contacts.actions.contacts import begin_contact
from tests.asking import API, inbox_of, refused, together
from tests.cast import Cast, Person, utc_now
from tests.peers.asking_how import answer, open_next, set_wishes
from tests.peers.beside import another_peer

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
OWN, HELD = f"{API}/me/contact-requests", f"{API}/contact/requests"


@pytest.fixture
def noor(cast: Cast) -> tuple[Person, Role]:
    """Ana has ben as contact person and noor as backup."""
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    person, role = another_peer(cast)
    begin_contact(member=cast.ana.account, role=role, now=utc_now())
    return person, role


def ask(cast: Cast, *, now: datetime | None = None, **given: Any) -> ContactRequest:
    return requests.ask_contact(by=cast.ana.account, now=now or utc_now(), **given)


def parts(request: ContactRequest) -> list[str]:
    return [step.part for step in request.steps.all()]


def test_it_comes_to_the_contact_person_without_a_word_why(
    cast: Cast, noor: tuple[Person, Role], client_of: Client
) -> None:
    made = client_of(cast.ana).post(OWN, {})
    assert made.status_code == 201, made.content
    (step,) = made.json()["steps"]
    assert (made.json()["state"], step["part"], step["alias"]) == ("waiting", "primary", "Ben")
    assert made.json()["offers"] == ["helplines"]
    (held,) = client_of(cast.ben).get(HELD).json()["items"]
    assert held["conversation"] is not None
    assert str(cast.ana.account.id) not in str(held)
    taken = client_of(cast.ben).post(f"{HELD}/{held['id']}/acknowledge")
    assert (taken.status_code, taken.json()["state"]) == (200, "acknowledged")
    assert client_of(cast.ana).get(f"{OWN}/{held['id']}").json()["state"] == "acknowledged"
    assert client_of(cast.ben).post(f"{HELD}/{held['id']}/close").status_code == 204
    assert client_of(cast.ben).get(HELD).json()["items"] == []
    for person in (cast.ana, cast.ben):
        told = [event for event in inbox_of(person.account) if event["type"] == "contact_request.changed"]
        assert len(told) == 3
        assert told[-1]["state"] == "closed"


def test_who_does_not_answer_is_followed_by_the_next_and_the_end_is_told(
    cast: Cast, noor: tuple[Person, Role], client_of: Client
) -> None:
    now = utc_now()
    request = ask(cast, now=now)
    for seconds, state, part, count in (
        (24 * 3600 - 1, "waiting", "primary", 1),
        (24 * 3600, "waiting", "backup", 2),
        (48 * 3600, "waiting", "coordinator", 3),
        (96 * 3600, "waiting", "coordinator", 4),  # the deputy
        (144 * 3600, "unanswered", "coordinator", 4),
        (900 * 3600, "unanswered", "coordinator", 4),
    ):
        run_due(now=now + timedelta(seconds=seconds))
        request.refresh_from_db()
        assert (request.state, request.part, request.steps.count()) == (state, part, count)
    assert parts(request) == ["primary", "backup", "coordinator", "coordinator"]
    told = client_of(cast.ana).get(f"{OWN}/{request.id}").json()
    assert [step["alias"] for step in told["steps"]] == ["Ben", "Noor", "Olga", "Rosa"]
    for person in (cast.ben, noor[0], cast.olga, cast.rosa):
        assert client_of(person).get(HELD).json()["items"] == []
    ask(cast, now=now + timedelta(days=60))  # one may ask again


def test_a_peer_may_pass_it_on_without_a_reason(cast: Cast, noor: tuple[Person, Role], client_of: Client) -> None:
    request = ask(cast)
    assert client_of(cast.ben).post(f"{HELD}/{request.id}/pass-on").status_code == 204
    assert client_of(cast.ben).get(HELD).json()["items"] == []
    refused(client_of(cast.ben).post(f"{HELD}/{request.id}/acknowledge"), 404, "not_found")
    assert client_of(noor[0]).get(HELD).json()["items"][0]["part"] == "backup"
    client_of(noor[0]).post(f"{HELD}/{request.id}/acknowledge")
    client_of(noor[0]).post(f"{HELD}/{request.id}/pass-on")  # also what was taken on
    request.refresh_from_db()
    assert (request.state, request.part) == ("waiting", "coordinator")


def test_a_coordinator_who_takes_it_on_gets_a_talk(cast: Cast, noor: tuple[Person, Role], client_of: Client) -> None:
    request = ask(cast)
    for person in (cast.ben, noor[0]):
        requests.pass_on_request(by=person.account, request=request.id, now=utc_now())
    (held,) = client_of(cast.olga).get(HELD).json()["items"]
    assert held["conversation"] is None
    taken = client_of(cast.olga).post(f"{HELD}/{request.id}/acknowledge").json()
    assert taken["conversation"] is not None
    for person in (cast.olga, cast.ana):
        assert client_of(person).get(f"{API}/conversations/{taken['conversation']}").status_code == 200


def test_somebody_else_is_not_the_contact_person(cast: Cast, noor: tuple[Person, Role]) -> None:
    assert ask(cast, somebody_else=True).holder == noor[1]


def test_an_answer_may_wish_for_contact(cast: Cast, noor: tuple[Person, Role], client_of: Client) -> None:
    set_wishes(cast.ana.account, now=utc_now() - timedelta(days=20))
    there = open_next(cast.ana.account)
    done = answer(cast.ana.account, there, now=utc_now(), wish="contact", overall="bad")
    assert done.request is not None
    assert done.request.holder == cast.peer
    told = str(client_of(cast.ben).get(HELD).json())
    assert "bad" not in told
    assert str(there.id) not in told


def test_a_wish_with_nobody_beside_is_told_and_the_answer_kept(cast: Cast, client_of: Client) -> None:
    set_wishes(cast.ana.account, now=utc_now() - timedelta(days=20))
    there = open_next(cast.ana.account)
    body = {"answers": {"overall": "bad"}, "wish": "contact"}
    told = client_of(cast.ana).post(f"{API}/checkins/{there.id}/answer", body).json()
    assert (told["nobody_beside"], told["checkin"]["state"]) == (True, "answered")
    refused(client_of(cast.ana).post(OWN, {}), 409, "nobody_beside")


def test_one_at_a_time_and_it_can_be_taken_back(cast: Cast, noor: tuple[Person, Role], client_of: Client) -> None:
    request = ask(cast)
    refused(client_of(cast.ana).post(OWN, {}), 409, "request_waits")
    for _ in range(2):
        assert client_of(cast.ana).delete(f"{OWN}/{request.id}").status_code == 204
    assert client_of(cast.ben).get(HELD).json()["items"] == []
    ask(cast)


def test_strangers_have_nothing_there(cast: Cast, noor: tuple[Person, Role], client_of: Client) -> None:
    request = ask(cast)
    for other in (cast.cleo, cast.max, cast.olga, noor[0]):
        client = client_of(other)
        for act in ("acknowledge", "pass-on", "close"):
            refused(client.post(f"{HELD}/{request.id}/{act}"), 404, "not_found")
        refused(client.get(f"{OWN}/{request.id}"), 404, "not_found")
        refused(client.delete(f"{OWN}/{request.id}"), 404, "not_found")
        assert client.get(HELD).json()["items"] == []
    refused(APIClient().get(HELD), 401, "sign_in_needed")
    requests.close_request(by=cast.ben.account, request=request.id, now=utc_now())


def test_whose_role_ends_is_not_waited_for(cast: Cast, noor: tuple[Person, Role]) -> None:
    request = ask(cast)
    requests.acknowledge_request(by=cast.ben.account, request=request.id, now=utc_now())
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    run_due(now=utc_now())
    request.refresh_from_db()
    assert request.state == "waiting"
    assert request.holder_id != cast.peer.id


@pytest.mark.django_db(transaction=True)
def test_taken_on_and_escalated_at_once_has_one_outcome(cast: Cast) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    for _ in range(3):
        now = utc_now()
        request = ask(cast, now=now - timedelta(hours=25))
        outcomes = together(
            partial(requests.acknowledge_request, by=cast.ben.account, request=request.id, now=now),
            *[partial(requests.escalate_due, now=now) for _ in range(2)],
        )
        request.refresh_from_db()
        if isinstance(outcomes[0], NotFound):
            assert (request.state, request.part) == ("waiting", "coordinator")
        else:
            assert request.state == "acknowledged"
        assert request.steps.count() <= 2
        requests.withdraw_request(by=cast.ana.account, request=request.id, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_wishes_at_once_are_one(cast: Cast) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    outcomes = together(*[partial(ask, cast) for _ in range(3)])
    assert sum(isinstance(one, errors.RequestWaits) for one in outcomes) == 2


def test_before_sending_one_sees_who_can_read_it_and_when(
    cast: Cast, noor: tuple[Person, Role], client_of: Client
) -> None:
    until = utc_now() + timedelta(days=3)
    cast.peer.expert.away_until = until
    cast.peer.expert.office_hours = {"timezone": "Europe/Amsterdam", "days": {"tue": [["10:00", "12:00"]]}}
    cast.peer.expert.save()
    begins = utc_now() + timedelta(days=1)
    Duty.objects.create(
        organisation=cast.organisation, role=cast.coordinator, begins_at=begins, ends_at=begins + timedelta(hours=8)
    )
    now = utc_now()
    Duty.objects.create(
        organisation=cast.organisation, role=cast.deputy, begins_at=now - timedelta(hours=1), ends_at=begins
    )
    told = client_of(cast.ana).get(f"{API}/me/contact/reach").json()
    assert [(one["part"], one["peer"]["alias"]) for one in told["items"]] == [
        ("primary", "Ben"),
        ("backup", "Noor"),
        ("coordinator", "Olga"),
        ("coordinator", "Rosa"),
    ]
    ben, backup, olga, rosa = told["items"]
    assert ben["reads_now"] is False
    assert datetime.fromisoformat(ben["reads_next_at"]) >= until
    assert ben["away_until"] is not None
    assert (backup["reads_now"], backup["reads_next_at"], backup["away_until"]) == (None, None, None), (
        "nothing was said"
    )
    assert (olga["reads_now"], olga["on_duty"]) == (False, False)
    assert datetime.fromisoformat(olga["reads_next_at"]) == begins
    assert (rosa["reads_now"], rosa["on_duty"]) == (True, True)
    assert [one["answers_within_s"] // 3600 for one in told["items"]] == [24, 24, 48, 48]
    assert told["offers"] == ["helplines"]
    assert client_of(cast.cleo).get(f"{API}/me/contact/reach").json()["items"] == []


def test_the_same_number_of_queries_for_one_and_for_all(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    client = client_of(cast.ana)
    with django_assert_num_queries(6):
        client.get(f"{API}/me/contact/reach")
    begin_contact(member=cast.ana.account, role=another_peer(cast)[1], now=utc_now())
    with django_assert_num_queries(6):
        client.get(f"{API}/me/contact/reach")


def test_helplines_stand_beside_a_wish_in_every_state(cast: Cast, noor: tuple[Person, Role], client_of: Client) -> None:
    client, lines = client_of(cast.ana), client_of(cast.ana).get(f"{API}/helplines").json()["items"]
    assert len(lines) > 5
    assert client.get(f"{API}/me/contact/reach").json()["helplines"] == lines
    made = client.post(OWN, {}).json()
    assert made["helplines"] == lines
    requests.acknowledge_request(by=cast.ben.account, request=made["id"], now=utc_now())
    for person in (cast.ben, noor[0], cast.olga, cast.rosa):
        assert client.get(f"{OWN}/{made['id']}").json()["helplines"] == lines
        requests.pass_on_request(by=person.account, request=made["id"], now=utc_now())
    told = client.get(f"{OWN}/{made['id']}").json()
    assert (told["state"], told["offers"], told["helplines"]) == ("unanswered", ["helplines"], lines)
    last = inbox_of(cast.ana.account)[-1]
    assert (last["type"], last["request"], last["state"]) == ("contact_request.changed", made["id"], "unanswered")
    assert client_of(cast.cleo).get(f"{API}/me/contact/reach").json()["helplines"] == lines, "also with nobody beside"


def test_the_end_of_the_chain_wakes_the_member(cast: Cast) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    request, now = ask(cast), utc_now()
    for person in (cast.ben, cast.olga, cast.rosa):
        assert woken(cast.ana.account, now) == 0, "it waits"
        requests.pass_on_request(by=person.account, request=request.id, now=now)
    assert woken(cast.ana.account, now) == 1
    assert woken(cast.ben.account, now) == 0


def woken(account: Account, now: datetime) -> int:
    """Whether the newest event of the inbox wakes its owner."""
    newest = Event.objects.filter(stream_id=account.inbox).order_by("-seq")[:1]
    return len(woken_by_requests(list(newest), now))
