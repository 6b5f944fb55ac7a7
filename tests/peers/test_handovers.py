"""Handovers: three yeses, an introduction, and who gives stays responsible until the member confirms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Role
from backend.core.errors import DomainError
from backend.core.jobs import jobs, run_job
from messaging.actions.blocks import block
from messaging.actions.memberships import leave
from messaging.models import Conversation, Membership
from peers.contacts.actions import contacts, handovers
from peers.contacts.models import Contact, Handover
from peers.experts.models import Expert
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, new_peer, new_person, utc_now
from tests.messaging.circle import LATER, Circle, new_circle
from tests.messaging.rooms import NOON
from tests.peers.beside import another_house, another_peer, asked_at_commit, backup_of, primary_of

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
HANDOVERS = f"{API}/handovers"


class Three:
    """ben is ana's contact person, and would give her into noor's care."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.ana, self.ben = cast, cast.ana, cast.ben
        self.contact = contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
        self.noor, self.role = another_peer(cast)

    @property
    def in_talk(self) -> UUID:
        return Membership.objects.get(conversation=self.contact.conversation_id, account=self.ana.account).id

    def ask(self, note: str | None = None) -> Handover:
        return handovers.ask_handover(by=self.ben.account, member=self.in_talk, to=self.role.id, note=note, now=LATER)

    def accept(self, there: Handover) -> Handover:
        return handovers.accept_handover(by=self.noor.account, handover=there.id, now=LATER)

    def consent(self, there: Handover, note: str | None = None) -> Handover:
        return handovers.consent_handover(by=self.ana.account, handover=there.id, note=note, now=LATER)

    def introduce(self) -> Handover:
        there = self.ask()
        self.accept(there)
        return self.consent(there)

    def confirm(self, there: Handover) -> Handover:
        return handovers.confirm_handover(by=self.ana.account, handover=there.id, now=LATER)


@pytest.fixture
def three(cast: Cast) -> Three:
    return Three(cast)


def is_open(conversation: UUID | None) -> bool:
    assert conversation is not None
    return Conversation.objects.get(id=conversation).closed_at is None


def job(name: str) -> Any:
    return next(job for job in jobs() if job.name == name)


# -- the whole way ----------------------------------------------------------------------------------------------------


def test_from_the_first_yes_to_the_goodbye(three: Three, client_of: Client) -> None:
    ana, ben, noor = client_of(three.ana), client_of(three.ben), client_of(three.noor)
    (held,) = ben.get(f"{API}/contact/members").json()["items"]
    assert held["member"]["membership"] == str(three.in_talk)
    body = {"member": held["member"]["membership"], "to": str(three.role.id), "note": "Ana likes plain words."}
    reply = ben.post(HANDOVERS, body)
    assert reply.status_code == 201, reply.content
    url = f"{HANDOVERS}/{reply.json()['id']}"
    for person in (three.ana, three.ben, three.noor):
        assert inbox_of(person.account)[-1]["type"] == "handover.changed"
    assert ana.get(f"{API}/me/contact").json()["handovers"] == [reply.json()["id"]]
    seen = {who: client.get(url).json() for who, client in (("ana", ana), ("ben", ben), ("noor", noor))}
    assert [seen[who]["side"] for who in seen] == ["member", "giving", "receiving"]
    assert [seen[who]["note"] for who in seen] == ["Ana likes plain words.", None, None]
    assert [seen[who]["member"] for who in seen] == [None, str(three.in_talk), None]
    assert "Ana likes plain words." not in dump_databases()

    assert noor.post(f"{url}/accept").json()["state"] == "asked"
    told = ana.post(f"{url}/consent", {"note": "I like plain words, says ana."}).json()
    assert told["state"] == "introduced"
    talk = Circle(UUID(told["introduction"]), three.ben)
    entry = ana.get(talk.talk_url).json()
    assert entry["conversation"]["kind"] == "introduction"
    assert {other["peer"] for other in entry["others"]} == {str(three.cast.peer.id), str(three.role.id)}
    assert entry["membership"]["id"] != str(three.in_talk)
    assert noor.get(url).json()["note"] == "I like plain words, says ana."
    assert noor.get(url).json()["member"] == entry["membership"]["id"]
    assert ben.get(url).json()["note"] is None
    for person in (three.ana, three.ben, three.noor):
        talk.say(person)
    assert primary_of(three.ana).holder == three.cast.peer  # responsible until she confirms

    assert ana.post(f"{url}/confirm").json()["state"] == "done"
    there = primary_of(three.ana)
    assert (there.holder, there.interim) == (three.role, False)
    assert not is_open(talk.id)
    assert is_open(there.conversation_id)
    assert noor.get(url).json()["note"] is None
    names = set(Membership.objects.filter(account=three.ana.account).values_list("alias", flat=True))
    assert len(names) == 3  # in each of the three places another
    own = ana.get(f"{API}/me/contact").json()
    assert own["primary"]["peer"]["peer"] == str(three.role.id)
    (goodbye,) = own["goodbyes"]
    assert goodbye["peer"]["peer"] == str(three.cast.peer.id)
    Circle(three.contact.conversation_id or uuid4(), three.ben).say(three.ben, "Farewell")
    close = job("goodbyes that are over")
    assert run_job(close, now=utc_now() + timedelta(days=13)) == 0
    assert run_job(close, now=utc_now() + timedelta(days=15)) == 1
    assert not is_open(three.contact.conversation_id)
    assert ana.get(f"{API}/conversations/{three.contact.conversation_id}/messages").status_code == 200
    asked_at_commit()


def test_the_same_again_changes_nothing(three: Three, client_of: Client) -> None:
    ana, noor = client_of(three.ana), client_of(three.noor)
    url = f"{HANDOVERS}/{three.ask().id}"
    for _ in range(2):
        assert ana.post(f"{url}/consent", {}).status_code == 200
    for _ in range(2):
        assert noor.post(f"{url}/accept").json()["state"] == "introduced"
    assert ana.post(f"{url}/consent", {}).json()["state"] == "introduced"  # a repeat is no confirmation
    heard = len(inbox_of(three.ana.account))
    for _ in range(2):
        assert ana.post(f"{url}/confirm").json()["state"] == "done"
    assert Contact.objects.filter(state="active").count() == 1
    assert [event["type"] for event in inbox_of(three.ana.account)[heard:]].count("handover.changed") == 1
    for answer in ("consent", "refuse", "redirect"):
        refused(ana.post(f"{url}/{answer}"), 409, "state_conflict")


@pytest.mark.parametrize(
    ("who", "answer", "state"),
    [("noor", "decline", "declined"), ("ana", "refuse", "refused"), ("ben", "withdraw", "withdrawn")],
)
def test_each_can_say_no(three: Three, client_of: Client, who: str, answer: str, state: str) -> None:
    there = three.ask("A note")
    url = f"{HANDOVERS}/{there.id}"
    client = client_of(getattr(three, who))
    for _ in range(2):
        assert client.post(f"{url}/{answer}").json()["state"] == state
    there.refresh_from_db()
    assert (there.draft, there.note, there.due_at) == (None, None, None)
    assert primary_of(three.ana) == three.contact
    refused(client_of(three.noor).post(f"{url}/accept"), 409, "state_conflict")
    assert three.ask().id != there.id  # may be asked again


def test_the_member_redirects(three: Three, client_of: Client) -> None:
    there = three.introduce()
    assert client_of(three.ana).post(f"{HANDOVERS}/{there.id}/redirect").json()["state"] == "redirected"
    assert not is_open(there.introduction_id)
    assert primary_of(three.ana) == three.contact
    assert is_open(three.contact.conversation_id)


@pytest.mark.parametrize(("who", "state"), [("ana", "redirected"), ("ben", "called_off"), ("noor", "called_off")])
def test_leaving_the_introduction_ends_it(three: Three, who: str, state: str) -> None:
    there = three.introduce()
    assert there.introduction_id is not None
    leave(by=getattr(three, who).account, conversation=there.introduction_id, now=LATER)
    there.refresh_from_db()
    assert there.state == state
    assert not is_open(there.introduction_id)
    assert primary_of(three.ana) == three.contact


def test_a_block_in_the_introduction(three: Three) -> None:
    there = three.introduce()
    theirs = Membership.objects.get(conversation=there.introduction_id, peer=three.role)
    block(by=three.ana.account, membership=theirs.id, now=LATER)
    there.refresh_from_db()
    assert there.state == "called_off"
    assert not is_open(there.introduction_id)
    assert primary_of(three.ana) == three.contact


def test_a_block_of_who_gives(three: Three) -> None:
    there = three.introduce()
    theirs = Membership.objects.get(conversation=there.introduction_id, peer=three.cast.peer)
    block(by=three.ana.account, membership=theirs.id, now=LATER)
    there.refresh_from_db()
    assert there.state == "called_off"
    assert not is_open(there.introduction_id)
    assert not is_open(three.contact.conversation_id)
    assert primary_of(three.ana).holder == three.cast.coordinator


@pytest.mark.parametrize("introduced", [False, True])
def test_what_nobody_answers_lapses(three: Three, introduced: bool) -> None:
    there = three.introduce() if introduced else three.ask()
    lapse, days = job("handovers that lapse"), 28 if introduced else 14
    assert run_job(lapse, now=LATER + timedelta(days=days, seconds=-1)) == 0
    assert run_job(lapse, now=LATER + timedelta(days=days)) == 1
    there.refresh_from_db()
    assert there.state == "lapsed"
    assert primary_of(three.ana) == three.contact
    assert inbox_of(three.ana.account)[-1]["type"] in ("handover.changed", "conversation.changed")
    if introduced:
        assert not is_open(there.introduction_id)


# -- somebody stops on the way ----------------------------------------------------------------------------------------


def test_who_gives_stops_before_the_introduction(three: Three) -> None:
    there = three.ask()
    three.accept(there)
    end_role(account=three.ben.account, kind="peer_expert", by=None, now=LATER)
    there.refresh_from_db()
    assert there.state == "called_off"
    assert primary_of(three.ana).holder == three.cast.coordinator


def test_who_gives_stops_in_the_introduction_and_it_goes_on(three: Three, client_of: Client) -> None:
    there = three.introduce()
    end_role(account=three.ben.account, kind="peer_expert", by=None, now=LATER)
    there.refresh_from_db()
    assert (there.state, there.giving) == ("introduced", three.cast.coordinator)
    assert is_open(there.introduction_id)
    told = client_of(three.ana).get(f"{API}/conversations/{there.introduction_id}").json()
    assert [other["peer"] for other in told["others"]] == [str(three.role.id)]
    refused(client_of(three.ben).get(f"{HANDOVERS}/{there.id}"), 404, "not_found")
    three.confirm(there)
    assert primary_of(three.ana).holder == three.role
    asked_at_commit()


@pytest.mark.parametrize("how", ["role", "lock"])
@pytest.mark.parametrize("introduced", [False, True])
def test_who_receives_stops(three: Three, how: str, introduced: bool) -> None:
    there = three.introduce() if introduced else three.ask()
    if how == "role":
        end_role(account=three.noor.account, kind="peer_expert", by=None, now=LATER)
    else:
        lock_account(account=three.noor.account, by=None, now=LATER)
    there.refresh_from_db()
    assert there.state == "called_off"
    assert primary_of(three.ana) == three.contact


def test_the_member_changes_in_the_introduction(three: Three) -> None:
    """The new one stays an offer."""
    there = three.introduce()
    contacts.change_contact(by=three.ana.account, reason_code="fit", now=LATER)
    there.refresh_from_db()
    assert (there.state, there.giving) == ("introduced", three.cast.coordinator)
    three.confirm(there)
    assert primary_of(three.ana).holder == three.role


def test_the_member_ends_all_of_it(three: Three) -> None:
    there = three.introduce()
    contacts.end_contact(by=three.ana.account, now=LATER)
    there.refresh_from_db()
    assert there.state == "called_off"
    assert not is_open(there.introduction_id)


def test_a_coordinator_hands_over_to_a_new_contact_person(three: Three) -> None:
    contacts.change_contact(by=three.ana.account, reason_code="times", now=LATER)
    interim = primary_of(three.ana)
    theirs = Membership.objects.get(conversation=interim.conversation_id, account=three.ana.account)
    there = handovers.ask_handover(by=three.cast.olga.account, member=theirs.id, to=three.role.id, note=None, now=LATER)
    three.accept(there)
    three.consent(there)
    three.confirm(there)
    assert primary_of(three.ana).holder == three.role
    asked_at_commit()


def test_the_backup_becomes_the_contact_person(three: Three) -> None:
    contacts.begin_contact(member=three.ana.account, role=three.role, now=NOON)
    there = three.introduce()
    three.confirm(there)
    assert primary_of(three.ana).holder == three.role
    assert backup_of(three.ana) is None
    assert is_open(primary_of(three.ana).conversation_id)
    asked_at_commit()


def test_the_backup_is_handed_over(three: Three) -> None:
    _, role = another_peer(three.cast, alias="Ido")
    ido = Role.objects.get(id=role.id).account
    backup = contacts.begin_contact(member=three.ana.account, role=role, now=NOON)
    theirs = Membership.objects.get(conversation=backup.conversation_id, account=three.ana.account)
    there = handovers.ask_handover(by=ido, member=theirs.id, to=three.role.id, note=None, now=LATER)
    three.accept(there)
    three.consent(there)
    three.confirm(there)
    found = backup_of(three.ana)
    assert found is not None
    assert found.holder == three.role
    assert primary_of(three.ana) == three.contact


# -- who may ----------------------------------------------------------------------------------------------------------


def test_strangers_know_nothing_of_it(three: Three, client_of: Client) -> None:
    there = three.ask()
    for person in (three.cast.cleo, three.cast.dora, three.cast.olga, three.cast.max):
        client = client_of(person)
        refused(client.get(f"{HANDOVERS}/{there.id}"), 404, "not_found")
        for answer in ("accept", "decline", "consent", "refuse", "withdraw", "confirm", "redirect"):
            refused(client.post(f"{HANDOVERS}/{there.id}/{answer}"), 404, "not_found")
        assert client.get(HANDOVERS).json()["items"] == []
    for who, answers in (
        ("ana", ("accept", "withdraw")),
        ("ben", ("accept", "consent")),
        ("noor", ("consent", "confirm")),
    ):
        for answer in answers:
            refused(client_of(getattr(three, who)).post(f"{HANDOVERS}/{there.id}/{answer}"), 404, "not_found")


def test_who_may_be_asked(three: Three, client_of: Client) -> None:
    ben, cast = client_of(three.ben), three.cast
    far_house, coordinator = another_house()
    far, far_role = another_peer(cast, alias="Far", organisation=far_house)
    for to in (far_role.id, cast.coordinator.id, coordinator.id, uuid4(), cast.dora.account.id):
        refused(ben.post(HANDOVERS, {"member": str(three.in_talk), "to": str(to)}), 404, "not_found")
    circle = new_circle(three.ben)
    circle.admit(far, as_peer=True)
    assert ben.post(HANDOVERS, {"member": str(three.in_talk), "to": str(far_role.id)}).status_code == 201
    refused(ben.post(HANDOVERS, {"member": str(three.in_talk), "to": str(three.role.id)}), 409, "handover_open")


def test_whom_one_may_hand_over(three: Three, client_of: Client) -> None:
    """By the talk with them, and by nothing else."""
    ben, cast = client_of(three.ben), three.cast
    circle = new_circle(three.ben)
    in_group = circle.admit(three.ana, "Zilveren Reiger")
    for member in (in_group.id, three.ana.account.id, three.contact.id, uuid4()):
        refused(ben.post(HANDOVERS, {"member": str(member), "to": str(three.role.id)}), 404, "not_found")
    for person in (three.noor, cast.olga, cast.cleo, three.ana):
        body = {"member": str(three.in_talk), "to": str(three.role.id)}
        refused(client_of(person).post(HANDOVERS, body), 404, "not_found")
    refused(ben.post(HANDOVERS, {"member": str(three.in_talk), "to": str(cast.peer.id)}), 400, "beside_oneself")
    own = new_peer(three.ana, organisation=cast.organisation, alias="Ana as peer", avatar_key="hill-moss")
    refused(ben.post(HANDOVERS, {"member": str(three.in_talk), "to": str(own.id)}), 400, "beside_oneself")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/member", "required"),
        ({"member": "ana", "to": str(uuid4())}, "/member", "not_uuid"),
        ({"member": str(uuid4()), "to": None}, "/to", "not_null"),
        ({"member": str(uuid4()), "to": str(uuid4()), "note": "x" * 2001}, "/note", "text_too_long"),
        ({"member": str(uuid4()), "to": str(uuid4()), "why": "?"}, "", "unknown_field"),
    ],
)
def test_bad_input(three: Three, client_of: Client, body: object, pointer: str, code: str) -> None:
    assert codes_at(client_of(three.ben).post(HANDOVERS, body))[pointer] == code


def test_nobody_takes_on_more_than_they_can(three: Three, client_of: Client) -> None:
    there = three.ask()
    Expert.objects.filter(role=three.role).update(caseload_limit=1)
    contacts.begin_contact(member=three.cast.dora.account, role=three.role, now=NOON)
    noor = client_of(three.noor)
    refused(noor.post(f"{HANDOVERS}/{there.id}/accept"), 409, "caseload_full")
    contacts.end_contact(by=three.cast.dora.account, now=NOON)
    assert noor.post(f"{HANDOVERS}/{there.id}/accept").status_code == 200
    three.consent(there)
    contacts.begin_contact(member=three.cast.dora.account, role=three.role, now=NOON)
    refused(client_of(three.ana).post(f"{HANDOVERS}/{there.id}/confirm"), 409, "caseload_full")
    assert primary_of(three.ana) == three.contact


# -- at the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_accepted_while_who_gives_stops(cast: Cast, number: int) -> None:
    three = Three(cast)
    there = three.ask()
    three.consent(there)
    together(
        lambda: three.accept(there),
        lambda: end_role(account=three.ben.account, kind="peer_expert", by=None, now=LATER),
    )
    there.refresh_from_db()
    assert primary_of(three.ana).holder == cast.coordinator
    assert (there.state, there.introduction_id is None) in (("called_off", True), ("introduced", False))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_confirmed_while_the_member_changes(cast: Cast, number: int) -> None:
    three = Three(cast)
    there = three.introduce()
    results = together(
        lambda: three.confirm(there),
        lambda: contacts.change_contact(by=three.ana.account, reason_code="fit", now=LATER),
    )
    assert not any(isinstance(result, DomainError) for result in results)
    primary = primary_of(three.ana)
    assert primary.holder in (three.role, cast.coordinator)  # whichever came last
    assert is_open(primary.conversation_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_confirmed_while_who_receives_stops(cast: Cast, number: int) -> None:
    three = Three(cast)
    there = three.introduce()
    confirmed, _ = together(
        lambda: three.confirm(there),
        lambda: end_role(account=three.noor.account, kind="peer_expert", by=None, now=LATER),
    )
    holder = primary_of(three.ana).holder
    assert holder == (cast.peer if isinstance(confirmed, DomainError) else cast.coordinator)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_two_peer_experts_and_a_member_answer_at_once(cast: Cast, number: int) -> None:
    three = Three(cast)
    there = three.ask()
    together(
        lambda: three.accept(there),
        lambda: handovers.decline_handover(by=three.noor.account, handover=there.id, now=LATER),
        lambda: three.consent(there),
        lambda: handovers.withdraw_handover(by=three.ben.account, handover=there.id, now=LATER),
    )
    there.refresh_from_db()
    assert there.state in ("declined", "withdrawn")
    assert there.introduction_id is None or not is_open(there.introduction_id)
    assert primary_of(three.ana) == three.contact


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_two_members_race_for_the_last_place(cast: Cast, number: int) -> None:
    Expert.objects.filter(role=cast.peer).update(caseload_limit=1)
    results = together(
        *[
            lambda member=member: contacts.begin_contact(member=member.account, role=cast.peer, now=NOON)
            for member in (new_person(), new_person(), new_person())
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["CaseloadFull", "CaseloadFull", "Contact"]


@pytest.mark.django_db(transaction=True)
def test_the_database_counts_by_itself(cast: Cast) -> None:
    """Rows that nobody guards, from two connections at once."""
    Expert.objects.filter(role=cast.peer).update(caseload_limit=1)

    def insert(person: Person) -> str:
        try:
            with transaction.atomic():
                Contact.objects.create(member=person.account, part="primary", holder=cast.peer, begun_at=NOON)
        except IntegrityError as refusal:
            return "full" if "more members" in str(refusal) else str(refusal)
        return "beside"

    for _ in range(3):
        Contact.objects.all().delete()
        told = together(*[lambda person=person: insert(person) for person in (cast.ana, cast.dora, cast.cleo)])
        assert sorted(map(str, told)) == ["beside", "full", "full"]
    Expert.objects.filter(role=cast.peer).update(caseload_limit=0)  # who is there stays
    assert Contact.objects.filter(state="active").count() == 1
