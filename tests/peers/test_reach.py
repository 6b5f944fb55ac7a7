"""Before something is sent in a direct talk or an introduction: who can read it next, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Duty
from messaging.actions.direct import start_direct
from messaging.actions.groups import create_group
from messaging.models import Membership
from peers.contacts.actions.contacts import begin_contact, end_contact
from peers.contacts.actions.handovers import accept_handover, ask_handover, consent_handover
from peers.contacts.actions.interim import begin_interim
from peers.contacts.models import Contact
from peers.contacts.reading import Reading, when_on_duty
from peers.experts.models import Expert
from tests.asking import API, refused
from tests.cast import Cast, Person, utc_now
from tests.peers.beside import another_peer

db = pytest.mark.django_db
Client = Callable[[Person | Account], APIClient]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOURS = {"timezone": "Europe/Amsterdam", "days": {"tue": [["18:00", "22:00"]]}}


def reach(talk: UUID | None) -> str:
    return f"{API}/conversations/{talk}/reach"


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        (None, Reading(None, None)),
        (MONDAY - timedelta(hours=1), Reading(True, MONDAY)),
        (MONDAY, Reading(True, MONDAY)),
        (MONDAY + timedelta(seconds=1), Reading(False, MONDAY + timedelta(seconds=1))),
    ],
)
def test_who_is_on_a_roster_reads_while_on_duty(begins: datetime | None, expected: Reading) -> None:
    duty = None if begins is None else (begins, MONDAY + timedelta(hours=8))
    assert when_on_duty(duty=duty, at=MONDAY) == expected


@db
@pytest.mark.parametrize(
    ("at", "away_until", "reads_now", "next_at"),
    [
        ("2026-03-02T09:00:00Z", None, False, "2026-03-03T17:00:00Z"),  # Monday
        ("2026-03-03T18:00:00Z", None, True, "2026-03-03T18:00:00Z"),  # Tuesday evening
        ("2026-03-03T18:00:00Z", "2026-03-12T12:00:00Z", False, "2026-03-17T17:00:00Z"),
        ("2026-03-28T12:00:00Z", None, False, "2026-03-31T16:00:00Z"),  # the clock has gone forward by then
    ],
)
def test_a_peer_expert_by_office_hours_and_being_away(
    cast: Cast, client_of: Client, at: str, away_until: str | None, reads_now: bool, next_at: str
) -> None:
    talk = start_direct(member=cast.ana.account, peer=cast.peer, alias=None, now=MONDAY)
    Expert.objects.filter(role=cast.peer).update(office_hours=HOURS, away_until=away_until)
    client = client_of(cast.ana)
    with time_machine.travel(at, tick=False):
        (told,) = client.get(reach(talk.id)).json()["items"]
    assert told == {
        "peer": {"peer": str(cast.peer.id), "alias": "Ben", "avatar_key": "wave-sand"},
        "reads_now": reads_now,
        "reads_next_at": next_at,
        "away_until": away_until,
        "on_duty": False,
    }


@db
def test_where_nothing_was_said_nothing_is_promised(cast: Cast, client_of: Client) -> None:
    talk = start_direct(member=cast.ana.account, peer=cast.peer, alias=None, now=MONDAY)
    (told,) = client_of(cast.ana).get(reach(talk.id)).json()["items"]
    assert (told["reads_now"], told["reads_next_at"], told["away_until"]) == (None, None, None)


@db
def test_a_coordinator_by_the_roster(cast: Cast, client_of: Client) -> None:
    """As for who has stepped in, so in their own contact."""
    begin_interim(member=cast.ana.account, role=cast.coordinator, now=MONDAY)
    talk = Contact.objects.get(state="active").conversation_id
    client = client_of(cast.ana)
    (told,) = client.get(reach(talk)).json()["items"]
    assert (told["reads_now"], told["on_duty"]) == (None, False)
    begins = (utc_now() + timedelta(hours=3)).replace(microsecond=0)
    duty = Duty.objects.create(
        organisation=cast.organisation, role=cast.coordinator, begins_at=begins, ends_at=begins + timedelta(hours=8)
    )
    (told,) = client.get(reach(talk)).json()["items"]
    assert (told["reads_now"], told["on_duty"]) == (False, False)
    assert datetime.fromisoformat(told["reads_next_at"]) == begins
    assert datetime.fromisoformat(client.get(f"{API}/me/contact").json()["primary"]["reads_next_at"]) == begins
    Duty.objects.filter(id=duty.id).update(begins_at=begins - timedelta(hours=5))
    (told,) = client.get(reach(talk)).json()["items"]
    assert (told["reads_now"], told["on_duty"]) == (True, True)
    Duty.objects.filter(id=duty.id).update(ends_at=utc_now() - timedelta(seconds=1))
    (told,) = client.get(reach(talk)).json()["items"]
    assert (told["reads_now"], told["on_duty"]) == (None, False), "a duty that is over says nothing"


@db
def test_an_introduction_has_two_who_read(cast: Cast, client_of: Client) -> None:
    contact = begin_contact(member=cast.ana.account, role=cast.peer, now=MONDAY)
    noor, role = another_peer(cast)
    Expert.objects.filter(role=role).update(away_until=utc_now() + timedelta(days=2))
    mine = Membership.objects.get(conversation=contact.conversation_id, account=cast.ana.account)
    asked = ask_handover(by=cast.ben.account, member=mine.id, to=role.id, note=None, now=utc_now())
    accept_handover(by=noor.account, handover=asked.id, now=utc_now())
    met = consent_handover(by=cast.ana.account, handover=asked.id, note=None, now=utc_now())
    told = client_of(cast.ana).get(reach(met.introduction_id)).json()["items"]
    assert [(one["peer"]["alias"], one["reads_now"]) for one in told] == [("Ben", None), ("Noor", False)]
    told = client_of(noor).get(reach(met.introduction_id)).json()["items"]
    assert [one["peer"]["alias"] for one in told] == ["Ben"], "nobody is told when a member reads"


@db
def test_where_nobody_can_read_it_nobody_is_named(cast: Cast, client_of: Client) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=MONDAY)
    talk = Contact.objects.get(state="active").conversation_id
    assert client_of(cast.ben).get(reach(talk)).json() == {"items": []}, "nobody is told when a member reads"
    end_contact(by=cast.ana.account, now=utc_now())
    reply = client_of(cast.ana).get(reach(talk))
    assert (reply.status_code, reply.json()) in ((200, {"items": []}), (404, reply.json()))


@db
def test_strangers_and_groups_have_nothing_there(cast: Cast, client_of: Client) -> None:
    talk = start_direct(member=cast.ana.account, peer=cast.peer, alias=None, now=MONDAY)
    group = create_group(
        by=cast.ben.account, title="G", about="", rules="", languages=["nl"], domains=[], region=None, now=MONDAY
    )
    for person in (cast.cleo, cast.olga, cast.max):
        refused(client_of(person).get(reach(talk.id)), 404, "not_found")
    refused(client_of(cast.ben).get(reach(group.pk)), 404, "not_found")
    refused(client_of(cast.ana).get(reach(uuid4())), 404, "not_found")
    refused(APIClient().get(reach(talk.id)), 401, "sign_in_needed")
