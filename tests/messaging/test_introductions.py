"""An introduction on its own: three people, once, each as they are known there and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.sealing.models import DataKey
from messaging.actions.blocks import block
from messaging.actions.direct import start_direct
from messaging.actions.introductions import end_introduction, start_introduction
from messaging.actions.memberships import be_quiet, leave
from messaging.errors import AliasTaken
from messaging.models import Conversation, Introduction, Membership
from tests.asking import API, inbox_of, refused
from tests.cast import Cast, Person, new_peer, new_person
from tests.messaging.circle import LATER
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


class Three:
    """ana, ben who is beside her, and noor."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.noor = cast, new_person()
        self.role: Role = new_peer(self.noor, organisation=cast.organisation, alias="Noor", avatar_key="leaf-moss")
        self.people = {"ana": cast.ana, "ben": cast.ben, "noor": self.noor}
        self.talk = self.start().id

    def start(self, **given: Any) -> Conversation:
        ana = self.cast.ana.account
        return start_introduction(member=ana, giving=self.cast.peer, receiving=self.role, now=NOON, **given)

    @property
    def url(self) -> str:
        return f"{API}/conversations/{self.talk}"

    def of(self, name: str) -> Membership:
        return Membership.objects.get(conversation=self.talk, account=self.people[name].account)


@pytest.fixture
def three(cast: Cast) -> Three:
    return Three(cast)


def test_the_three_meet(three: Three, client_of: Client) -> None:
    for name, person in three.people.items():
        assert inbox_of(person.account)[-1]["type"] == "conversation.added"
        told = client_of(person).get(three.url).json()
        assert (told["conversation"]["kind"], told["conversation"]["group"]) == ("introduction", None)
        assert told["membership"]["id"] == str(three.of(name).id)
        assert {there["id"] for there in told["others"]} == {
            str(three.of(other).id) for other in three.people if other != name
        }
    assert {three.of(name).peer_id for name in ("ben", "noor")} == {three.cast.peer.id, three.role.id}
    assert three.of("ana").peer_id is None
    assert DataKey.objects.filter(owner=three.talk).exists()


def test_the_member_is_somebody_else_here(three: Three) -> None:
    talk = start_direct(member=three.cast.ana.account, peer=three.cast.peer, alias="Kraanvogel", now=NOON)
    elsewhere = Membership.objects.get(conversation=talk, account=three.cast.ana.account)
    assert three.of("ana").alias != elsewhere.alias
    with pytest.raises(AliasTaken):
        three.start(alias="noor")


def test_strangers_and_other_peer_experts_know_nothing_of_it(three: Three, client_of: Client) -> None:
    for person in (three.cast.cleo, three.cast.olga, three.cast.max):
        client = client_of(person)
        for path in ("", "/messages"):
            refused(client.get(f"{three.url}{path}"), 404, "not_found")
        refused(client.put(f"{API}/blocks/{three.of('ana').id}"), 404, "not_found")
    for path in ("", "/members"):  # it is no group
        for person in (three.cast.cleo, three.cast.ben):
            refused(client_of(person).get(f"{API}/groups/{three.talk}{path}"), 404, "not_found")
    refused(client_of(three.noor).post(f"{API}/groups/{three.talk}/lead"), 404, "not_found")


@pytest.mark.parametrize("who", ["ana", "ben", "noor"])
def test_whoever_leaves_ends_it_for_all(three: Three, client_of: Client, who: str) -> None:
    leave(by=three.people[who].account, conversation=three.talk, now=LATER)
    assert Introduction.objects.get(conversation=three.talk).ended_at == LATER
    for name, person in three.people.items():
        status = 404 if name == who else 200
        assert client_of(person).get(f"{three.url}/messages").status_code == status
    leave(by=three.people[who].account, conversation=three.talk, now=LATER)  # again changes nothing


def test_a_block_of_one_of_them_ends_it(three: Three) -> None:
    block(by=three.cast.ana.account, membership=three.of("noor").id, now=LATER)
    assert Introduction.objects.get(conversation=three.talk).ended_at == LATER


def test_ended_it_can_be_read_and_begins_anew(three: Three, client_of: Client) -> None:
    conversation = Conversation.objects.get(id=three.talk)
    for _ in range(2):
        write(end_introduction)(conversation=conversation, now=LATER)
    client = client_of(three.cast.ana)
    assert client.get(f"{three.url}/messages").status_code == 200
    be_quiet(by=three.cast.ana.account, conversation=three.talk, until=None, now=LATER)
    assert three.start().id != three.talk
