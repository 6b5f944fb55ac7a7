"""A member gets a contact person and a backup, each with a direct talk."""

from __future__ import annotations

import pytest

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.roles import end_role
from backend.core.errors import DomainError
from messaging.actions.direct import start_direct
from messaging.models import DirectTalk, Membership
from peers.contacts import errors, queries
from peers.contacts.actions.contacts import begin_contact
from peers.contacts.models import Contact, Promise
from tests.asking import inbox_of, together
from tests.cast import Cast, new_person
from tests.messaging.rooms import NOON
from tests.peers.beside import another_peer, asked_at_commit, backup_of, primary_of

pytestmark = pytest.mark.django_db


def test_the_first_is_the_contact_person(cast: Cast) -> None:
    there = begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    assert (there.part, there.holder, there.interim, there.organisation) == (
        "primary",
        cast.peer,
        False,
        cast.organisation,
    )
    talk = DirectTalk.objects.get(member=cast.ana.account, peer=cast.peer, ended_at=None)
    assert there.conversation_id == talk.conversation_id
    assert Membership.objects.filter(conversation=talk.conversation_id, state="active").count() == 2
    for person in (cast.ana, cast.ben):
        told = inbox_of(person.account)[-2:]
        assert {event["type"] for event in told} == {"conversation.added", "contact.changed"}
        (changed,) = [event for event in told if event["type"] == "contact.changed"]
        assert (changed["contact"], changed["part"], changed["interim"], changed["state"]) == (
            str(there.id),
            "primary",
            False,
            "active",
        )
    assert Promise.objects.get(member=cast.ana.account).state == "kept"
    assert queries.contact_of(member=cast.ana.account) == there
    assert queries.caseload_of(cast.peer) == 1
    asked_at_commit()


def test_the_second_is_the_backup_and_there_is_no_third(cast: Cast) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    _, noor = another_peer(cast)
    _, ido = another_peer(cast, alias="Ido")
    there = begin_contact(member=cast.ana.account, role=noor, now=NOON)
    assert there.part == "backup"
    assert backup_of(cast.ana) == there
    for part in ("primary", "backup", None):
        with pytest.raises(errors.PlaceTaken):
            begin_contact(member=cast.ana.account, role=ido, part=part, now=NOON)
    assert Contact.objects.count() == 2


def test_again_changes_nothing(cast: Cast) -> None:
    there = begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    heard = len(inbox_of(cast.ana.account))
    assert begin_contact(member=cast.ana.account, role=cast.peer, now=NOON) == there
    assert begin_contact(member=cast.ana.account, role=cast.peer, part="primary", now=NOON) == there
    assert len(inbox_of(cast.ana.account)) == heard
    with pytest.raises(errors.PlaceTaken):  # nobody is their own backup
        begin_contact(member=cast.ana.account, role=cast.peer, part="backup", now=NOON)


def test_a_talk_that_is_open_goes_on(cast: Cast) -> None:
    talk = start_direct(member=cast.ana.account, peer=cast.peer, alias="Kraanvogel", now=NOON)
    assert begin_contact(member=cast.ana.account, role=cast.peer, now=NOON).conversation == talk


def test_who_cannot_be_beside_anybody(cast: Cast) -> None:
    noor, role = another_peer(cast)
    with pytest.raises(errors.BesideOneself):
        begin_contact(member=noor.account, role=role, now=NOON)
    with pytest.raises(errors.PrimaryNeeded):
        begin_contact(member=cast.ana.account, role=role, part="backup", now=NOON)
    with pytest.raises(errors.PeerUnavailable):  # coordinators step in, they are not matched
        begin_contact(member=cast.ana.account, role=cast.coordinator, now=NOON)
    lock_account(account=noor.account, by=None, now=NOON)
    with pytest.raises(errors.PeerUnavailable):
        begin_contact(member=cast.ana.account, role=role, now=NOON)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=NOON)
    with pytest.raises(errors.PeerUnavailable):
        begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    assert not Contact.objects.exists()
    assert not Promise.objects.exists()
    assert not DirectTalk.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_come_at_once(cast: Cast) -> None:
    """One becomes the contact person, the other the backup."""
    _, noor = another_peer(cast)
    for _ in range(4):
        member = new_person()
        together(
            lambda member=member: begin_contact(member=member.account, role=cast.peer, now=NOON),  # type: ignore[misc]
            lambda member=member: begin_contact(member=member.account, role=noor, now=NOON),  # type: ignore[misc]
        )
        held = {there.part: there.holder_id for there in queries.contacts_of(member=member.account)}
        assert held.keys() == {"primary", "backup"}
        assert set(held.values()) == {cast.peer.id, noor.id}


@pytest.mark.django_db(transaction=True)
def test_the_same_one_several_times_at_once(cast: Cast) -> None:
    results = together(*[lambda: begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)] * 4)
    assert not any(isinstance(result, DomainError) for result in results)
    assert primary_of(cast.ana).holder == cast.peer
    assert Contact.objects.count() == 1
