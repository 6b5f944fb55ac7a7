"""Somebody around a contact erases their account: nobody is left alone, and nobody waits for who is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Role
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.errors import NotFound
from backend.core.sealing.models import VaultKey
from peers.checkins.actions import requests, sharing
from peers.checkins.models import Checkin, ContactRequest, Plan, Share
from peers.contacts.actions import contacts, handovers
from peers.contacts.models import Change, Contact, Handover, Promise
from peers.experts.models import Vetting
from peers.matching.models import Request
from peers.referrals.actions.receiving import accept_referral
from peers.referrals.models import Referral
from tests.asking import API, dump_databases, inbox_of, together
from tests.cast import Cast, Person, new_coordinator, new_person, utc_now
from tests.core.erased import erase, lines_with, run_all
from tests.messaging.rooms import NOON
from tests.peers.asking_how import answer, open_next, set_wishes
from tests.peers.beside import another_peer, asked_at_commit, primary_of
from tests.peers.proposing import ask, make_peer
from tests.peers.referring import send
from tests.peers.test_handovers import Three
from tests.peers.vetted import vet

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


def test_a_contact_person_who_erases_leaves_nobody_alone(cast: Cast, client_of: Client) -> None:
    """In the same write somebody else is there."""
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    begin_erasure(account=cast.ben.account.id, now=NOON)
    asked_at_commit()
    beside = primary_of(cast.ana)
    assert beside.interim
    assert beside.holder in (cast.coordinator, cast.deputy)
    run_all(now=NOON)
    assert not Role.objects.filter(id=cast.peer.id).exists()
    assert primary_of(cast.ana).holder == beside.holder
    assert not Contact.objects.filter(holder=None).exists()
    assert "Ben" not in str(client_of(cast.ana).get(f"{API}/me/contact").json())


def test_whoever_has_stepped_in_is_followed_too(cast: Cast) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    erase(cast.ben, now=NOON)
    there = primary_of(cast.ana).holder
    assert there is not None
    assert there.account_id in (cast.olga.account.id, cast.rosa.account.id)
    asked_at_commit()


def test_a_member_who_erases_is_held_by_nobody(cast: Cast, client_of: Client) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    _, noor = another_peer(cast)
    contacts.begin_contact(member=cast.ana.account, role=noor, now=NOON)
    contacts.change_contact(by=cast.ana.account, reason_code="trust", now=NOON)
    before = len(inbox_of(cast.ben.account))
    begin_erasure(account=cast.ana.account.id, now=NOON)
    assert not Contact.objects.filter(state="active").exists()
    assert client_of(cast.ben).get(f"{API}/contact/members").json()["items"] == []
    run_all(now=NOON)
    for rows in (Contact, Promise, Change):
        assert not rows._default_manager.exists()
    told = inbox_of(cast.ben.account)[before:]
    assert all(event["state"] == "ended" for event in told if event["type"] == "contact.changed")


def test_nobody_is_put_beside_who_is_gone(cast: Cast) -> None:
    begin_erasure(account=cast.ana.account.id, now=NOON)
    with pytest.raises(NotFound):
        contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)


def test_a_handover_ends_without_the_member(cast: Cast) -> None:
    three = Three(cast)
    three.introduce()
    erase(cast.ana, now=NOON)
    assert not Handover.objects.exists()


@pytest.mark.parametrize("name", ["ben", "noor"])
def test_a_handover_goes_on_or_ends_without_a_peer(cast: Cast, name: str) -> None:
    three = Three(cast)
    three.introduce()
    person = three.noor if name == "noor" else cast.ben
    erase(person, now=NOON)
    asked_at_commit()
    assert primary_of(cast.ana).holder is not None


def test_what_was_shared_and_asked_is_over(cast: Cast, client_of: Client) -> None:
    now = utc_now()
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=now)
    set_wishes(cast.ana.account, now=now - timedelta(days=30))
    there = open_next(cast.ana.account)
    answer(cast.ana.account, there, now=now, overall="bad", housing="very_bad")
    sharing.share_answer(by=cast.ana.account, checkin=there.id, item="housing", to=cast.peer.id, now=now)
    requests.ask_contact(by=cast.ana.account, now=now)
    client = client_of(cast.ben)
    assert client.get(f"{API}/contact/shares").json()["items"]
    assert client.get(f"{API}/contact/requests").json()["items"]
    begin_erasure(account=cast.ana.account.id, now=now)
    assert client.get(f"{API}/contact/shares").json()["items"] == []
    assert client.get(f"{API}/contact/requests").json()["items"] == []
    run_all(now=now)
    for rows in (Plan, Checkin, Share, ContactRequest):
        assert not rows._default_manager.exists()
    last = {event["type"]: event for event in inbox_of(cast.ben.account)}
    assert last["share.changed"]["readable"] is False
    assert last["contact_request.changed"]["state"] == "withdrawn"


def test_what_was_sent_cannot_be_read_and_its_key_is_gone(cast: Cast) -> None:
    sent = send(cast, "Kanarie, call me Ana", now=NOON)
    assert VaultKey.objects.filter(owner=sent.id).exists()
    begin_erasure(account=cast.ana.account.id, now=NOON)
    assert Referral.objects.get(id=sent.id).state == "withdrawn"
    run_all(now=NOON)
    assert not Referral.objects.exists()
    assert not VaultKey.objects.filter(owner=sent.id).exists()


def test_who_answered_for_an_organisation_is_gone_and_the_answer_is_not(cast: Cast) -> None:
    third = new_person()
    role = new_coordinator(third, organisation=cast.organisation, alias="Wies")
    sent = send(cast, "Call me Ana", now=NOON)
    accept_referral(role=role, referral=sent.id, person="Joke", first_on=NOON.date(), now=NOON)
    erase(third, now=NOON)
    sent.refresh_from_db()
    assert (sent.state, sent.answered_by) == ("accepted", None)


def test_who_signed_is_gone_and_the_signature_is_not(cast: Cast) -> None:
    vet(cast.peer, by=cast.olga, second=cast.rosa)
    new_coordinator(new_person(), organisation=cast.organisation, alias="Wies")
    erase(cast.olga, now=NOON)
    there = Vetting.objects.get(expert=cast.peer.id)
    assert there.state == "valid"
    assert None in (there.first_by, there.second_by)


def test_looking_for_somebody_is_over(cast: Cast) -> None:
    make_peer(cast, "Marit")
    ask(cast.ana)
    erase(cast.ana, now=NOON)
    assert not Request.objects.exists()


def test_nothing_of_a_member_is_left_anywhere(cast: Cast, client_of: Client) -> None:
    """Everything that a member can have, at once."""
    now = utc_now()
    ana = cast.ana.account
    client = client_of(cast.ana)
    tag = client.get(f"{API}/me/profile")["ETag"]
    told = client.patch(f"{API}/me/profile", {"alias": "Zonnehoed", "about": "Kanarie"}, headers={"If-Match": tag})
    assert told.status_code == 200, told.content
    contacts.begin_contact(member=ana, role=cast.peer, now=now)
    set_wishes(ana, now=now)
    send(cast, "Kanarie", now=now)
    ask(cast.ana, now=now)
    assert "Zonnehoed" in dump_databases()
    roles = list(Role.objects.filter(account=ana).values_list("id", flat=True))
    erase(cast.ana, now=now)
    assert "Zonnehoed" not in dump_databases()
    left = lines_with(ana.id, ana.inbox, cast.ana.session.id, *roles)
    assert all(str(ana.id) in line for line in left)
    assert {type(line) for line in left} == {str}


@pytest.mark.django_db(transaction=True)
def test_erased_while_a_handover_is_confirmed(cast: Cast) -> None:
    """Whichever comes first, ana is gone, and nobody waits for her."""
    three = Three(cast)
    there = three.introduce()

    def confirm() -> object:
        return handovers.confirm_handover(by=cast.ana.account, handover=there.id, now=NOON)

    done = together(confirm, lambda: begin_erasure(account=cast.ana.account.id, now=NOON))
    assert not isinstance(done[1], Exception), done[1]
    run_all(now=NOON)
    assert not Contact.objects.filter(state="active").exists()
    assert not Account.objects.filter(id=cast.ana.account.id).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_hold_the_same_member_erase_at_once(cast: Cast) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    person, noor = another_peer(cast)
    contacts.begin_contact(member=cast.ana.account, role=noor, now=NOON)
    acts = [lambda who=who: begin_erasure(account=who.account.id, now=NOON) for who in (cast.ben, person)]
    done = together(*acts)
    assert not any(isinstance(one, Exception) for one in done)
    assert primary_of(cast.ana).interim
    run_all(now=NOON)
    assert primary_of(cast.ana).interim
