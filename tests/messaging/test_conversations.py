"""One's talks: what each shows, true at the seq that it names, with as many queries for one as for hundreds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.sealing import datakeys
from backend.core.streams import store
from messaging.actions.messages import mark_read, retract_message
from messaging.models import Conversation, Group, Membership
from messaging.queries.conversations import conversation_entries
from tests.asking import API, refused
from tests.cast import Cast, Person
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana, cast.dora)


def direct(member: Person, lead: Person) -> Room:
    """A direct talk of the two."""
    room = new_room(lead, member)
    Group.objects.filter(pk=room.id).delete()
    Conversation.objects.filter(id=room.id).update(kind="direct")
    return room


def entry(client: APIClient, room: Room) -> dict[str, Any]:
    reply = client.get(room.url)
    assert reply.status_code == 200, reply.content
    told: dict[str, Any] = reply.json()
    return told


def test_what_a_talk_shows(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ben, "Welcome")
    told = entry(client_of(cast.ana), room)
    mine, bens = room.of(cast.ana), room.of(cast.ben)
    assert told["conversation"]["group"]["title"] == "Side by side"
    assert told["membership"] == {
        "id": str(mine.id), "alias": mine.alias, "avatar_key": "wave-sand", "peer": None, "part": "member",
        "state": "active", "muted_until": None,
    }  # fmt: skip
    assert told["last_message"]["body"] == "Welcome"
    assert told["last_message"]["sender"]["membership"] == str(bens.id)
    assert (told["seq"], told["first_seq"], told["read_seq"], told["unread"]) == (1, 0, 0, True)
    assert (told["others"], told["quiet_until"]) == (None, None)
    listed = client_of(cast.ana).get(f"{API}/conversations").json()
    assert listed == {"seq": store.heads_of([cast.ana.account.inbox])[cast.ana.account.inbox],
                      "items": [told], "next": None, "prev": None}  # fmt: skip


def test_a_direct_talk_names_the_other(cast: Cast, client_of: Client) -> None:
    room = direct(cast.ana, cast.ben)
    for person, other in ((cast.ana, cast.ben), (cast.ben, cast.ana)):
        (told,) = entry(client_of(person), room)["others"]
        assert told["id"] == str(room.of(other).id)
    assert entry(client_of(cast.ana), room)["conversation"]["group"] is None
    room.block(cast.ana, cast.ben)
    assert entry(client_of(cast.ana), room)["others"] == []


def test_only_ones_own_and_present_ones(room: Room, cast: Cast, client_of: Client) -> None:
    new_room(cast.ben, cast.dora)
    room.leave(cast.ana)
    assert client_of(cast.ana).get(f"{API}/conversations").json()["items"] == []
    assert len(client_of(cast.dora).get(f"{API}/conversations").json()["items"]) == 2
    for person in (cast.ana, cast.cleo, cast.max):
        refused(client_of(person).get(room.url), 404, "not_found")
    refused(client_of(cast.ana).get(Room(uuid4()).url), 404, "not_found")
    refused(APIClient().get(room.url), 401, "sign_in_needed")
    refused(APIClient().get(f"{API}/conversations"), 401, "sign_in_needed")


def test_pages(cast: Cast, client_of: Client) -> None:
    rooms = {str(new_room(cast.ben, cast.ana).id) for _ in range(5)}
    client, found = client_of(cast.ana), []
    after: dict[str, str] = {}
    while True:
        told = client.get(f"{API}/conversations", {"limit": "2", **after}).json()
        found += [item["conversation"]["id"] for item in told["items"]]
        if told["next"] is None:
            break
        after = {"after": told["next"]}
    assert (len(found), set(found)) == (5, rooms)
    refused(client.get(f"{API}/conversations", {"limit": 0}), 400, "parameter_invalid")
    refused(client.get(f"{API}/conversations", {"after": "x"}), 400, "cursor_invalid")


def test_the_last_message_is_the_last_that_one_sees(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert entry(client, room)["last_message"] is None
    room.say(cast.ben, "one")
    room.say(cast.dora, "two")
    room.block(cast.ana, cast.dora)
    assert (entry(client, room)["last_message"]["body"], entry(client, room)["seq"]) == ("one", 2)
    room.leave(cast.ana)
    room.say(cast.ben, "three")
    room.join(cast.ana, "Another", visible_from=4)
    assert entry(client, room)["last_message"]["body"] == "one"
    room.say(cast.ben, "four")
    assert entry(client, room)["last_message"]["body"] == "four"
    retract_message(by=cast.ben.account, conversation=room.id, seq=4, now=NOON)
    assert entry(client, room)["last_message"]["body"] is None


def test_unread_is_what_somebody_else_said_last(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    room.say(cast.ana)
    assert entry(client, room)["unread"] is False
    room.say(cast.ben)
    assert entry(client, room)["unread"] is True
    assert client.put(f"{room.url}/read", {"seq": 2}).status_code == 204
    assert (entry(client, room)["unread"], entry(client, room)["read_seq"]) == (False, 2)
    room.say(cast.dora)
    assert entry(client, room)["unread"] is True
    room.say(cast.ana)
    assert entry(client, room)["unread"] is False  # who answers has been there
    room.say(cast.dora)
    room.block(cast.dora, cast.ana)
    assert entry(client, room)["unread"] is False
    room.join(cast.cleo, visible_from=room.head + 1)
    assert entry(client_of(cast.cleo), room)["unread"] is False


def test_the_read_mark_goes_forwards_only(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    for _ in range(3):
        room.say(cast.ben)
    for seq, kept in ((2, 2), (1, 2), (2, 2), (3, 3), (0, 3)):
        assert client.put(f"{room.url}/read", {"seq": seq}).status_code == 204
        assert room.of(cast.ana).read_seq == kept
    refused(client.put(f"{room.url}/read", {"seq": 4}), 400, "seq_unknown")
    for wrong in (-1, "3", 2**53, None, 1.0):
        refused(client.put(f"{room.url}/read", {"seq": wrong}), 400, "invalid", "/seq")
    refused(client_of(cast.cleo).put(f"{room.url}/read", {"seq": 1}), 404, "not_found")
    assert room.head == 3  # private: nobody is told
    assert mark_read(by=cast.ana.account.id, conversation=room.id, seq=3, now=NOON) is False


def test_the_read_mark_is_told_to_ones_own_devices(
    room: Room, cast: Cast, client_of: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    class Process:
        def tell_devices(self, account: object, frame: object) -> None:
            told.append((account, frame))

    monkeypatch.setattr("messaging.api.messages.current", Process)
    room.say(cast.ben)
    for _ in range(2):
        client_of(cast.ana).put(f"{room.url}/read", {"seq": 1})
    assert told == [(cast.ana.account.id, {"op": "read.moved", "conversation": str(room.id), "seq": 1})]


def many_rooms(cast: Cast, count: int) -> None:
    """Half of them direct, each with a message, as rows."""
    for n in range(count):
        room = direct(cast.ana, cast.ben) if n % 2 else new_room(cast.ben, cast.ana)
        room.say(cast.ben)


def test_queries_do_not_grow_with_the_talks(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    for more, total in ((2, 2), (10, 12)):
        many_rooms(cast, more)
        datakeys.forget()
        # session, inbox head, page; heads, memberships, blocks, entries, last messages, others
        with django_assert_num_queries(9), django_assert_num_queries(1, connection=connections["keystore"]):
            told = client.get(f"{API}/conversations").json()
        assert len(told["items"]) == total
        assert all(item["last_message"]["body"] == "Hello" for item in told["items"])


def test_queries_of_one_talk(
    room: Room, cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room.say(cast.ben)
    client = client_of(cast.ana)
    # session, membership; head, memberships, blocks, entry, last message
    with django_assert_num_queries(7):
        entry(client, room)


def test_five_hundred_talks_at_once(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    conversations = Conversation.objects.bulk_create(Conversation(kind="direct", created_at=NOON) for _ in range(500))
    for conversation in conversations:
        store.create_stream(stream=conversation.id, at=NOON)
    Membership.objects.bulk_create(
        Membership(conversation=there, account=who.account, alias=f"{n}", alias_key=f"{n}", avatar_key="wave-sand")
        for n, who in enumerate((cast.ana, cast.ben))
        for there in conversations
    )
    with django_assert_num_queries(5):
        found = conversation_entries(by=cast.ana.account, conversations=[there.id for there in conversations])
    assert [told["conversation"]["id"] for told in found] == [there.id for there in conversations]
    assert all(len(told["others"]) == 1 for told in found)
