"""One's contact: read, paused, changed, ended. Who steps in, and when somebody reads, as pure functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Role
from messaging.hours import parse_hours
from peers.contacts import queries
from peers.contacts.actions import contacts
from peers.contacts.actions.stepping_back import step_back
from peers.contacts.ladder import COORDINATOR, DEPUTY, OTHER, Home, Rung, nearest
from peers.contacts.models import Change, Contact
from peers.contacts.reading import Reading, when_read
from peers.experts.models import Expert
from tests.asking import API, codes_at, inbox_of, refused
from tests.cast import Cast, Person, new_peer, new_person
from tests.messaging.circle import LATER
from tests.messaging.rooms import NOON
from tests.peers.beside import another_house, another_peer, asked_at_commit, backup_of, primary_of

Client = Callable[[Person | Account], APIClient]

db = pytest.mark.django_db


# -- when somebody reads ----------------------------------------------------------------------------------------------

HOURS = parse_hours(data={"timezone": "Europe/Amsterdam", "days": {"tue": [["18:00", "22:00"]]}})
ANY_TIME = parse_hours(data=None)
TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)  # Amsterdam is an hour ahead of UTC
OPENS = TUESDAY + timedelta(hours=17)
NEXT_WEEK = OPENS + timedelta(days=7)


@pytest.mark.parametrize(
    ("hours", "away_until", "at", "expected"),
    [
        (ANY_TIME, None, TUESDAY, Reading(now=None, next_at=None)),
        (ANY_TIME, OPENS, TUESDAY, Reading(now=False, next_at=OPENS)),
        (ANY_TIME, TUESDAY, TUESDAY, Reading(now=None, next_at=None)),  # back at this moment
        (HOURS, None, TUESDAY, Reading(now=False, next_at=OPENS)),
        (HOURS, None, OPENS, Reading(now=True, next_at=OPENS)),
        (HOURS, None, OPENS + timedelta(hours=4), Reading(now=False, next_at=NEXT_WEEK)),
        (HOURS, OPENS + timedelta(hours=1), OPENS, Reading(now=False, next_at=OPENS + timedelta(hours=1))),
        (HOURS, OPENS + timedelta(hours=5), OPENS, Reading(now=False, next_at=NEXT_WEEK)),
        (HOURS, TUESDAY - timedelta(days=1), OPENS, Reading(now=True, next_at=OPENS)),  # was away before
    ],
)
def test_when_somebody_reads(hours: Any, away_until: datetime | None, at: datetime, expected: Reading) -> None:
    assert when_read(hours=hours, away_until=away_until, at=at) == expected


# -- who steps in -----------------------------------------------------------------------------------------------------

HOUSE, NEAR, SAME_LANGUAGE, FAR = (uuid4() for _ in range(4))
HOME = Home(organisation=HOUSE, regions=frozenset({"utrecht"}), languages=frozenset({"nl"}))
PLACES: dict[UUID, tuple[set[str], set[str]]] = {
    HOUSE: ({"utrecht"}, {"nl"}),
    NEAR: ({"utrecht", "zeeland"}, {"ro"}),
    SAME_LANGUAGE: ({"zeeland"}, {"nl"}),
    FAR: (set(), {"hu"}),
}


def rung(organisation: UUID, seat: int = COORDINATOR, *, load: int = 0, years: int = 0) -> Rung:
    regions, languages = PLACES[organisation]
    return Rung(
        role=uuid4(),
        account=uuid4(),
        organisation=organisation,
        regions=frozenset(regions),
        languages=frozenset(languages),
        seat=seat,
        load=load,
        since=NOON - timedelta(days=365 * years),
    )


def test_the_ladder_from_top_to_bottom() -> None:
    steps = [
        rung(HOUSE, COORDINATOR, load=9),  # the seat comes before the load
        rung(HOUSE, DEPUTY),
        rung(HOUSE, OTHER, load=1, years=3),
        rung(HOUSE, OTHER, load=2, years=9),
        rung(NEAR, COORDINATOR, load=7),
        rung(NEAR, OTHER),
        rung(SAME_LANGUAGE, DEPUTY),
        rung(FAR, COORDINATOR, years=2),
        rung(FAR, COORDINATOR, years=1),
    ]
    gone: set[UUID] = set()
    for expected in steps:
        assert nearest(rungs=reversed(steps), home=HOME, besides=gone) == expected
        gone.add(expected.account)
    assert nearest(rungs=steps, home=HOME, besides=gone) is None
    assert nearest(rungs=[], home=HOME, besides=()) is None


def test_without_a_home_the_seat_decides() -> None:
    first, second = rung(FAR, COORDINATOR), rung(HOUSE, DEPUTY)
    assert nearest(rungs=[second, first], home=None, besides=()) == first


# -- reading it -------------------------------------------------------------------------------------------------------


@pytest.fixture
def beside(cast: Cast) -> Contact:
    """ben is ana's contact person."""
    return contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)


@pytest.fixture
def ana(cast: Cast, beside: Contact, client_of: Client) -> APIClient:
    return client_of(cast.ana)


def own(client: APIClient) -> dict[str, Any]:
    reply = client.get(f"{API}/me/contact")
    assert reply.status_code == 200, reply.content
    told: dict[str, Any] = reply.json()
    return told


def held(client: APIClient) -> list[dict[str, Any]]:
    reply = client.get(f"{API}/contact/members")
    assert reply.status_code == 200, reply.content
    items: list[dict[str, Any]] = reply.json()["items"]
    return items


@db
def test_what_a_member_reads(cast: Cast, beside: Contact, ana: APIClient) -> None:
    hours = {"timezone": "Europe/Amsterdam", "days": {"tue": [["18:00", "22:00"]]}}
    Expert.objects.filter(role=cast.peer).update(office_hours=hours)
    told = own(ana)
    assert (told["state"], told["backup"], told["change"], told["nobody_yet"]) == ("kept", None, None, False)
    assert told["primary"]["peer"] == {"peer": str(cast.peer.id), "alias": "Ben", "avatar_key": "wave-sand"}
    assert (told["primary"]["organisation"], told["primary"]["office_hours"]) == ("Voorbeeldhuis", hours)
    assert told["primary"]["reads_next_at"] is not None
    assert str(cast.ben.account.id) not in str(told)


@db
def test_who_has_nobody_reads_that(cast: Cast, client_of: Client) -> None:
    told = own(client_of(cast.cleo))
    assert (told["state"], told["primary"], told["nobody_yet"]) == ("none", None, False)
    assert held(client_of(cast.cleo)) == []


@db
def test_the_same_number_of_queries_for_any_number(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Expert.objects.filter(role=cast.peer).update(caseload_limit=30)
    ben, ana = client_of(cast.ben), client_of(cast.ana)
    for number in (1, 12):
        for person in [cast.ana, *(new_person() for _ in range(number))]:
            contacts.begin_contact(member=person.account, role=cast.peer, now=NOON)
            contacts.pause_contact(by=person.account, now=NOON)
        with django_assert_num_queries(HELD):
            assert len(held(ben)) >= number
    with django_assert_num_queries(OWN):
        own(ana)
    contacts.begin_contact(member=cast.ana.account, role=another_peer(cast)[1], now=NOON)
    with django_assert_num_queries(OWN):
        assert own(ana)["backup"] is not None


HELD = 7
OWN = 8


# -- the wish for somebody else ---------------------------------------------------------------------------------------


@db
def test_the_reason_is_for_who_has_stepped_in(cast: Cast, beside: Contact, ana: APIClient, client_of: Client) -> None:
    heard = len(inbox_of(cast.ben.account))
    wished = ana.post(f"{API}/me/contact/change-requests", {"reason_code": "trust"})
    assert wished.status_code == 201, wished.content
    assert wished.json()["change"]["reason_code"] == "trust"  # the own one
    (there,) = held(client_of(cast.olga))
    assert (there["interim"], there["change"]) == (True, {"reason_code": "trust"})
    assert held(client_of(cast.ben)) == []
    told = [event for event in inbox_of(cast.ben.account)[heard:] if event["type"] == "contact.changed"]
    assert [set(event) for event in told] == [{"type", "contact", "part", "interim", "state", "seq"}]
    assert b"trust" not in bytes(Change.objects.get().reason or b"")


@db
def test_never_for_whom_it_is_about(cast: Cast, client_of: Client) -> None:
    """olga is a peer expert, too: the wish was about her, and it is she who coordinates."""
    role = new_peer(cast.olga, organisation=cast.organisation, alias="Olga as a peer", avatar_key="leaf-moss")
    contacts.begin_contact(member=cast.ana.account, role=role, now=NOON)
    contacts.change_contact(by=cast.ana.account, reason_code="boundaries", now=LATER)
    assert primary_of(cast.ana).holder == cast.deputy
    there = primary_of(cast.ana)
    Contact.objects.filter(id=there.id).update(holder=cast.coordinator)  # whatever led to it
    (told,) = held(client_of(cast.olga))
    assert told["change"] == {"reason_code": None}


@db
def test_the_reason_goes_when_the_wish_is_met_or_taken_back(cast: Cast, beside: Contact, ana: APIClient) -> None:
    url = f"{API}/me/contact/change-requests"
    ana.post(url, {"reason_code": "times"})
    assert ana.post(url, {"reason_code": "other"}).json()["change"]["reason_code"] == "times"  # a second is the first
    assert ana.delete(url).status_code == 204
    assert ana.delete(url).status_code == 204
    assert own(ana)["change"] is None
    ana.post(url, {})
    assert own(ana)["change"]["reason_code"] is None
    contacts.begin_contact(member=cast.ana.account, role=another_peer(cast)[1], now=LATER)
    assert sorted(Change.objects.values_list("state", "reason")) == [("met", None), ("withdrawn", None)]
    assert own(ana)["primary"]["interim"] is False


@db
@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"reason_code": "bored"}, "/reason_code", "not_choice"),
        ({"reason_code": ["trust"]}, "/reason_code", "not_choice"),
        ({"why": "x"}, "", "unknown_field"),
    ],
)
def test_bad_wishes(ana: APIClient, body: object, pointer: str, code: str) -> None:
    assert codes_at(ana.post(f"{API}/me/contact/change-requests", body))[pointer] == code
    assert not Change.objects.exists()


# -- a pause, an end --------------------------------------------------------------------------------------------------


@db
def test_a_pause_and_back(cast: Cast, beside: Contact, ana: APIClient, client_of: Client) -> None:
    ben, heard = client_of(cast.ben), len(inbox_of(cast.ben.account))
    assert held(ben)[0]["paused"] is False
    for _ in range(2):
        assert ana.post(f"{API}/me/contact/pause").json()["state"] == "paused"
    assert held(ben)[0]["paused"] is True
    assert primary_of(cast.ana) == beside
    for _ in range(2):
        assert ana.post(f"{API}/me/contact/resume").json()["state"] == "kept"
    assert held(ben)[0]["paused"] is False
    assert [event["type"] for event in inbox_of(cast.ben.account)[heard:]] == ["contact.changed"] * 2
    assert codes_at(ana.post(f"{API}/me/contact/pause", {"until": "2027"}))[""] == "unknown_field"


@db
def test_paused_they_are_not_left_alone(cast: Cast, beside: Contact, ana: APIClient) -> None:
    ana.post(f"{API}/me/contact/pause")
    step_back(by=cast.ben.account, leave_role=False, now=LATER)
    told = own(ana)
    assert (told["state"], told["primary"]["peer"]["peer"]) == ("paused", str(cast.coordinator.id))
    asked_at_commit()


@db
def test_who_has_nobody_pauses_changes_and_ends_nothing(cast: Cast, client_of: Client) -> None:
    cleo = client_of(cast.cleo)
    for path in ("pause", "resume", "change-requests"):
        refused(cleo.post(f"{API}/me/contact/{path}"), 409, "no_contact")
    for path in ("", "/change-requests"):
        refused(cleo.delete(f"{API}/me/contact{path}"), 409, "no_contact")
    assert cleo.delete(f"{API}/me/contact/backup").status_code == 204


@db
def test_the_backup_ends_alone(cast: Cast, beside: Contact, ana: APIClient) -> None:
    backup = contacts.begin_contact(member=cast.ana.account, role=another_peer(cast)[1], now=NOON)
    for _ in range(2):
        assert ana.delete(f"{API}/me/contact/backup").status_code == 204
    assert backup_of(cast.ana) is None
    assert primary_of(cast.ana) == beside
    talk = backup.conversation
    assert talk is not None
    talk.refresh_from_db()
    assert talk.closed_at is not None


@db
def test_all_of_it_ends_and_may_begin_anew(cast: Cast, beside: Contact, ana: APIClient) -> None:
    for _ in range(2):
        assert ana.delete(f"{API}/me/contact").status_code == 204
    told = own(ana)
    assert (told["state"], told["primary"], told["nobody_yet"]) == ("ended", None, False)
    refused(ana.post(f"{API}/me/contact/pause"), 409, "no_contact")
    asked_at_commit()
    again = contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=LATER)
    assert again.id != beside.id
    assert own(ana)["state"] == "kept"


# -- stepping back ----------------------------------------------------------------------------------------------------


@db
def test_stepping_back_keeps_the_role(cast: Cast, beside: Contact, client_of: Client) -> None:
    _, noor = another_peer(cast)
    contacts.begin_contact(member=cast.dora.account, role=noor, now=NOON)
    contacts.begin_contact(member=cast.dora.account, role=cast.peer, now=NOON)  # ben is her backup
    ben = client_of(cast.ben)
    for _ in range(2):
        assert ben.post(f"{API}/me/expert/step-back").status_code == 204
    assert primary_of(cast.ana).holder == cast.coordinator
    assert (primary_of(cast.dora).holder, backup_of(cast.dora)) == (noor, None)
    assert Role.objects.get(id=cast.peer.id).ended_at is None
    assert Expert.objects.get(role=cast.peer).taking_new is False
    assert queries.caseload_of(cast.peer) == 0
    asked_at_commit()
    assert ben.post(f"{API}/me/expert/step-back", {"leave_role": True}).status_code == 204
    assert Role.objects.get(id=cast.peer.id).ended_at is not None
    refused(ben.post(f"{API}/me/expert/step-back"), 404, "not_found")


@db
def test_a_coordinator_far_away_is_better_than_nobody(cast: Cast) -> None:
    """The pure ladder and the database agree."""
    far, role = another_house(regions=("apeldoorn",))
    contact = contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    found = nearest(
        rungs=queries.rungs(),
        home=queries.home_of(contact.organisation),
        besides={cast.olga.account.id, cast.rosa.account.id},
    )
    assert found is not None
    assert (found.role, found.organisation) == (role.id, far.id)
