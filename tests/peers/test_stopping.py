"""Somebody stops: somebody else is beside the member in the same transaction, and nobody is held fast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account, unlock_account
from backend.core.accounts.actions.closing import close_organisation
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Role
from backend.core.errors import DomainError
from backend.core.jobs import jobs, run_job
from backend.core.models import AuditEntry
from messaging.actions.blocks import block
from messaging.actions.memberships import leave
from messaging.models import Conversation, Membership
from peers.contacts import errors, queries
from peers.contacts.actions import contacts
from peers.contacts.models import Contact, Promise
from tests.asking import API, inbox_of, refused, together
from tests.cast import Cast, Person, new_coordinator, new_peer, new_person
from tests.messaging.circle import LATER, new_circle
from tests.messaging.rooms import NOON
from tests.peers.beside import another_house, another_peer, asked_at_commit, backup_of, primary_of

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def beside(cast: Cast) -> Contact:
    """ben is ana's contact person."""
    return contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)


def stop(person: Person) -> None:
    end_role(account=person.account, kind="peer_expert", by=None, now=LATER)


def is_open(contact: Contact) -> bool:
    assert contact.conversation_id is not None
    return Conversation.objects.get(id=contact.conversation_id).closed_at is None


def lock_all(cast: Cast) -> None:
    """There is no coordinator left who could step in."""
    for person in (cast.olga, cast.rosa):
        lock_account(account=person.account, by=None, now=NOON)


# -- who steps in -----------------------------------------------------------------------------------------------------


def test_the_coordinator_steps_in_at_once(cast: Cast, beside: Contact, client_of: Client) -> None:
    heard = {name: len(inbox_of(getattr(cast, name).account)) for name in ("ana", "ben", "olga")}
    stop(cast.ben)
    there = primary_of(cast.ana)
    assert (there.holder, there.interim, there.organisation) == (cast.coordinator, True, cast.organisation)
    beside.refresh_from_db()
    assert (beside.state, beside.why, beside.ended_at) == ("ended", "stopped", LATER)
    assert not is_open(beside)
    assert is_open(there)
    told = {name: inbox_of(getattr(cast, name).account)[since:] for name, since in heard.items()}
    changed = [event for event in told["ana"] if event["type"] == "contact.changed"]
    assert [(event["state"], event["interim"]) for event in changed] == [("ended", False), ("active", True)]
    assert [event["type"] for event in told["ben"]] == ["contact.changed", "settings.changed"]
    assert {event["type"] for event in told["olga"]} == {"conversation.added", "contact.changed"}
    assert client_of(cast.ana).get(f"{API}/conversations/{beside.conversation_id}/messages").status_code == 200
    asked_at_commit()


def test_the_role_goes_and_the_member_stays(cast: Cast, beside: Contact) -> None:
    """Ben is a member elsewhere, and has somebody beside himself."""
    noor, role = another_peer(cast)
    circle = new_circle(noor)
    circle.admit(cast.ben, "Wilde Zwaan")
    own = contacts.begin_contact(member=cast.ben.account, role=role, now=NOON)
    before = set(Membership.objects.filter(account=cast.ben.account, peer=None, state="active"))
    stop(cast.ben)
    assert set(Membership.objects.filter(account=cast.ben.account, peer=None, state="active")) == before
    assert primary_of(cast.ben) == own


@pytest.mark.parametrize("how", ["lock", "deputy", "other", "region", "language", "any"])
def test_the_ladder(cast: Cast, beside: Contact, how: str) -> None:
    """The coordinator, the deputy, others of the organisation; then those of the region, the language, and all."""
    expected: Role = cast.deputy
    if how != "lock":
        lock_account(account=cast.olga.account, by=None, now=NOON)
    if how in ("other", "region", "language", "any"):
        lock_account(account=cast.rosa.account, by=None, now=NOON)
    if how == "lock":
        expected = cast.coordinator
    if how == "other":
        another_house()
        expected = new_coordinator(new_person(), organisation=cast.organisation, alias="Third")
    if how in ("region", "language", "any"):
        far, expected = another_house("Far", regions=("apeldoorn",))
        if how == "any":
            far.languages = ["bg"]
            far.save()
    if how == "region":
        _, expected = another_house("Near", regions=("utrecht",))
    stop(cast.ben)
    assert primary_of(cast.ana).holder == expected
    asked_at_commit()


def test_nobody_steps_in_for_themselves(cast: Cast) -> None:
    """A coordinator is a member too."""
    contacts.begin_contact(member=cast.olga.account, role=cast.peer, now=NOON)
    stop(cast.ben)
    assert primary_of(cast.olga).holder == cast.deputy


def test_nor_for_who_has_blocked_them(cast: Cast, beside: Contact) -> None:
    contacts.change_contact(by=cast.ana.account, reason_code=None, now=NOON)
    there = primary_of(cast.ana)
    assert there.holder == cast.coordinator
    theirs = Membership.objects.get(conversation=there.conversation_id, peer=cast.coordinator)
    block(by=cast.ana.account, membership=theirs.id, now=LATER)
    assert primary_of(cast.ana).holder == cast.deputy
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=LATER)
    stop(cast.ben)
    assert primary_of(cast.ana).holder == cast.deputy


def test_the_one_who_stops_does_not_step_in_for_themselves(cast: Cast) -> None:
    """Olga is a peer expert as well."""
    role = new_peer(cast.olga, organisation=cast.organisation, alias="Olga as peer", avatar_key="leaf-moss")
    contacts.begin_contact(member=cast.ana.account, role=role, now=NOON)
    stop(cast.olga)
    assert primary_of(cast.ana).holder == cast.deputy


def test_when_there_is_nobody_at_all_a_stop_still_succeeds(cast: Cast, beside: Contact, client_of: Client) -> None:
    lock_all(cast)
    stop(cast.ben)
    asked_at_commit()
    there = primary_of(cast.ana)
    assert (there.holder, there.interim, there.seek_at) == (None, True, LATER + timedelta(minutes=1))
    assert AuditEntry.objects.filter(action="contact.unattended").count() == 1
    own = client_of(cast.ana).get(f"{API}/me/contact").json()
    assert (own["state"], own["primary"], own["nobody_yet"]) == ("kept", None, True)
    (job,) = [job for job in jobs() if job.name == "members nobody is beside"]
    assert run_job(job, now=LATER) == 0
    assert run_job(job, now=LATER + timedelta(minutes=1)) == 1  # still nobody: looked for again
    unlock_account(account=cast.rosa.account, by=None, now=LATER)
    assert run_job(job, now=LATER + timedelta(minutes=2)) == 1
    there.refresh_from_db()
    assert (there.holder, there.seek_at) == (cast.deputy, None)
    assert is_open(there)
    assert inbox_of(cast.ana.account)[-1]["type"] == "contact.changed"
    assert run_job(job, now=LATER + timedelta(days=1)) == 0
    asked_at_commit()


def test_a_new_contact_person_follows_nobody(cast: Cast, beside: Contact) -> None:
    lock_all(cast)
    stop(cast.ben)
    _, noor = another_peer(cast)
    contacts.begin_contact(member=cast.ana.account, role=noor, now=LATER)
    assert primary_of(cast.ana).holder == noor
    asked_at_commit()


# -- why somebody stops -----------------------------------------------------------------------------------------------


def test_a_locked_peer_expert_is_waited_for_by_nobody(cast: Cast, beside: Contact) -> None:
    lock_account(account=cast.ben.account, by=None, now=LATER)
    assert primary_of(cast.ana).holder == cast.coordinator
    assert not is_open(beside)
    asked_at_commit()
    unlock_account(account=cast.ben.account, by=None, now=LATER)
    assert primary_of(cast.ana).holder == cast.coordinator


def test_a_coordinator_who_stepped_in_stops_too(cast: Cast, beside: Contact) -> None:
    stop(cast.ben)
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Third")
    end_role(account=cast.olga.account, kind="coordinator", instead=third, by=None, now=LATER)
    assert primary_of(cast.ana).holder == third
    lock_account(account=third.account, by=None, now=LATER)
    assert primary_of(cast.ana).holder == cast.deputy
    asked_at_commit()


def test_the_organisation_closes(cast: Cast, beside: Contact) -> None:
    """Contacts go on under the successor; who had stepped in is followed by its coordinator."""
    contacts.begin_contact(member=cast.dora.account, role=cast.peer, now=NOON)
    contacts.change_contact(by=cast.dora.account, reason_code=None, now=NOON)
    assert primary_of(cast.dora).holder == cast.coordinator
    successor, coordinator = another_house()
    close_organisation(organisation=cast.organisation, successor=successor, by=None, now=LATER)
    assert (primary_of(cast.ana).holder, primary_of(cast.ana).organisation) == (cast.peer, successor)
    assert (primary_of(cast.dora).holder, primary_of(cast.dora).interim) == (coordinator, True)
    assert inbox_of(cast.ana.account)[-1]["type"] == "contact.changed"
    asked_at_commit()


def test_the_backup_stays_and_the_backup_may_go(cast: Cast, beside: Contact) -> None:
    noor, role = another_peer(cast)
    contacts.begin_contact(member=cast.ana.account, role=role, now=NOON)
    stop(cast.ben)
    there = backup_of(cast.ana)
    assert there is not None
    assert there.holder == role
    stop(noor)
    assert backup_of(cast.ana) is None
    assert primary_of(cast.ana).holder == cast.coordinator
    asked_at_commit()


@pytest.mark.parametrize("where", ["group", "talk"])
def test_a_block_ends_the_contact_and_leaves_nobody_alone(cast: Cast, where: str) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana, "Zilveren Reiger")
    beside = contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    place = circle.id if where == "group" else beside.conversation_id
    theirs = Membership.objects.get(conversation=place, peer=cast.peer)
    block(by=cast.ana.account, membership=theirs.id, now=LATER)
    beside.refresh_from_db()
    assert (beside.state, beside.why) == ("ended", "blocked")
    assert not is_open(beside)
    assert primary_of(cast.ana).holder == cast.coordinator
    asked_at_commit()


def test_a_block_of_who_is_there_under_another_name_ends_nothing(cast: Cast, beside: Contact) -> None:
    """It would tell that they are the same person."""
    noor, _ = another_peer(cast)
    circle = new_circle(noor)
    circle.admit(cast.ana, "Zilveren Reiger")
    theirs = circle.admit(cast.ben, "Wilde Zwaan")
    block(by=cast.ana.account, membership=theirs.id, now=LATER)
    assert primary_of(cast.ana) == beside
    assert is_open(beside)


def test_a_peer_expert_who_blocks_or_leaves_stops_for_this_member_alone(cast: Cast, beside: Contact) -> None:
    other = contacts.begin_contact(member=cast.dora.account, role=cast.peer, now=NOON)
    third = contacts.begin_contact(member=cast.cleo.account, role=cast.peer, now=NOON)
    theirs = Membership.objects.get(conversation=beside.conversation_id, peer=None)
    block(by=cast.ben.account, membership=theirs.id, now=LATER)
    assert primary_of(cast.ana).interim
    assert other.conversation_id is not None
    leave(by=cast.ben.account, conversation=other.conversation_id, now=LATER)
    assert primary_of(cast.dora).interim
    assert primary_of(cast.cleo) == third
    asked_at_commit()


def test_a_member_does_not_leave_the_talk_but_ends_the_contact(cast: Cast, beside: Contact, client_of: Client) -> None:
    refused(
        client_of(cast.ana).delete(f"{API}/conversations/{beside.conversation_id}/membership"), 409, "contact_in_talk"
    )
    assert is_open(beside)
    assert client_of(cast.ana).delete(f"{API}/me/contact").status_code == 204
    assert not is_open(beside)
    assert client_of(cast.ana).delete(f"{API}/conversations/{beside.conversation_id}/membership").status_code == 204
    assert not Contact.objects.filter(state="active").exists()
    asked_at_commit()


# -- what the database holds ------------------------------------------------------------------------------------------


def commits(act: Callable[[], Any]) -> None:
    with transaction.atomic():
        act()
        asked_at_commit()


@pytest.mark.parametrize(
    "act",
    [
        lambda: Contact.objects.filter(part="primary").update(state="ended"),
        lambda: Contact.objects.all().delete(),
        lambda: Role.objects.filter(kind="peer_expert").update(ended_at=NOON),
        lambda: Account.objects.filter(roles__kind="peer_expert").update(locked_at=NOON),
    ],
    ids=["ended", "deleted", "role ended", "locked"],
)
def test_the_database_lets_nobody_be_left_alone(cast: Cast, beside: Contact, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match="responsible"):
        commits(act)


def test_the_database_gives_nobody_a_promise_without_a_person(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="responsible"):
        commits(lambda: Promise.objects.create(member=cast.ana.account, begun_at=NOON))
    commits(lambda: Promise.objects.create(member=cast.ana.account, state="ended", begun_at=NOON))
    with pytest.raises(IntegrityError, match="responsible"):
        commits(lambda: Promise.objects.filter(member=cast.ana.account).update(state="kept"))
    with pytest.raises(IntegrityError):
        commits(lambda: Contact.objects.create(member=cast.ana.account, part="primary", begun_at=NOON))
    assert connection.is_usable()


# -- at the same moment -----------------------------------------------------------------------------------------------


def all_well(*people: Person) -> None:
    """Each has one running person who is responsible, and their talk is open."""
    for person in people:
        there = primary_of(person)
        assert there.holder is not None
        assert there.holder.ended_at is None
        assert there.holder.account.locked_at is None
        assert is_open(there)
        assert Contact.objects.filter(member=person.account, part="primary", state="active").count() == 1


@pytest.mark.django_db(transaction=True)
def test_stopping_twice_at_once(cast: Cast) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    results = together(*[lambda: stop(cast.ben)] * 3)
    assert sum(not isinstance(result, DomainError) for result in results) == 1
    all_well(cast.ana)
    assert Contact.objects.filter(interim=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(4))
def test_a_contact_begins_while_the_peer_stops(cast: Cast, number: int) -> None:
    contacts.begin_contact(member=cast.dora.account, role=cast.peer, now=NOON)
    begun, _ = together(
        lambda: contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON),
        lambda: stop(cast.ben),
    )
    if isinstance(begun, DomainError):
        assert isinstance(begun, errors.PeerUnavailable)
        assert queries.contact_of(member=cast.ana.account) is None
    else:
        all_well(cast.ana)
    all_well(cast.dora)
    assert not Contact.objects.filter(holder=cast.peer, state="active").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_everybody_who_could_step_in_goes_while_they_are_needed(cast: Cast, number: int) -> None:
    """The peer stops, both coordinators are locked, members change and block: nothing waits for ever."""
    members = [new_person() for _ in range(4)]
    for member in members:
        contacts.begin_contact(member=member.account, role=cast.peer, now=NOON)
    _, coordinator = another_house()
    theirs = {
        member.account.id: Membership.objects.get(conversation=primary_of(member).conversation_id, peer=cast.peer).id
        for member in members
    }
    together(
        lambda: stop(cast.ben),
        lambda: lock_account(account=cast.olga.account, by=None, now=LATER),
        lambda: lock_account(account=cast.rosa.account, by=None, now=LATER),
        lambda: contacts.change_contact(by=members[0].account, reason_code="fit", now=LATER),
        lambda: block(by=members[1].account, membership=theirs[members[1].account.id], now=LATER),
    )
    all_well(*members)
    for member in members:
        assert primary_of(member).holder == coordinator
