"""History by seq, as each viewer may see it, true at the seq that it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.sealing import datakeys
from messaging.actions.messages import edit_message, react
from messaging.models import Message
from messaging.queries.messages import history
from tests.asking import refused
from tests.cast import Cast, Person
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana, cast.dora)


def read(client: APIClient, room: Room, **query: Any) -> dict[str, Any]:
    reply = client.get(f"{room.url}/messages", query)
    assert reply.status_code == 200, reply.content
    told: dict[str, Any] = reply.json()
    return told


def seqs(told: dict[str, Any]) -> list[int]:
    return [message["seq"] for message in told["items"]]


def test_empty(room: Room, cast: Cast, client_of: Client) -> None:
    assert read(client_of(cast.ana), room) == {"seq": 0, "items": [], "prev": None, "next": None}


def test_pages_in_both_directions(room: Room, cast: Cast, client_of: Client) -> None:
    for n in range(7):
        room.say(cast.ana, f"{n}")
    edit_message(by=cast.ana.account, conversation=room.id, seq=7, body="Hi", now=NOON)  # event 8
    room.say(cast.ben)  # 9
    client = client_of(cast.dora)
    newest = read(client, room, limit=3)
    assert (seqs(newest), newest["seq"], newest["prev"], newest["next"]) == ([6, 7, 9], 9, 6, None)
    middle = read(client, room, limit=3, before_seq=newest["prev"])
    assert (seqs(middle), middle["prev"], middle["next"]) == ([3, 4, 5], 3, 5)
    oldest = read(client, room, limit=3, before_seq=middle["prev"])
    assert (seqs(oldest), oldest["prev"], oldest["next"]) == ([1, 2], None, 2)
    forth = read(client, room, limit=3, after_seq=oldest["next"])
    assert (seqs(forth), forth["prev"], forth["next"]) == ([3, 4, 5], 3, 5)
    last = read(client, room, limit=5, after_seq=forth["next"])
    assert (seqs(last), last["prev"], last["next"]) == ([6, 7, 9], 6, None)
    assert seqs(read(client, room, after_seq=9)) == []
    assert seqs(read(client, room, before_seq=1)) == seqs(read(client, room, before_seq=0)) == []
    assert seqs(read(client, room, after_seq=0, limit=100)) == [1, 2, 3, 4, 5, 6, 7, 9]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "x"}, {"limit": ""}, {"limit": "1.0"},
        {"before_seq": "-1"}, {"before_seq": "x"}, {"before_seq": str(2**53)}, {"after_seq": "9" * 30},
        {"after_seq": "٣"}, {"before_seq": "5", "after_seq": "1"},
    ],
)  # fmt: skip
def test_bad_parameters(room: Room, cast: Cast, client_of: Client, query: dict[str, str]) -> None:
    refused(client_of(cast.ana).get(f"{room.url}/messages", query), 400, "parameter_invalid")


def test_unknown_parameters(room: Room, cast: Cast, client_of: Client) -> None:
    refused(client_of(cast.ana).get(f"{room.url}/messages", {"before": "1"}), 400, "parameter_unknown")


def test_strangers_find_nothing(room: Room, cast: Cast, client_of: Client) -> None:
    room.leave(cast.dora, "removed")
    for person in (cast.cleo, cast.dora, cast.max):
        refused(client_of(person).get(f"{room.url}/messages"), 404, "not_found")
    refused(APIClient().get(f"{room.url}/messages"), 401, "sign_in_needed")


def test_a_member_sees_what_was_said_while_they_belonged(room: Room, cast: Cast, client_of: Client) -> None:
    for n in range(1, 9):
        room.say(cast.ana, f"{n}")
    room.change(cast.dora, state="left", visible_from=2, visible_to=3)
    room.join(cast.dora, "Back", visible_from=6)
    assert seqs(read(client_of(cast.dora), room)) == [2, 3, 6, 7, 8]
    assert seqs(read(client_of(cast.dora), room, before_seq=7, limit=2)) == [3, 6]
    assert [event["seq"] for event in room.events(cast.dora)] == [2, 3, 6, 7, 8]


def test_a_block_hides_both_ways_and_from_nobody_else(room: Room, cast: Cast, client_of: Client) -> None:
    for person in (cast.ana, cast.ben, cast.dora):
        room.say(person)
    for person, seq in ((cast.ana, 2), (cast.dora, 2)):
        react(by=person.account, conversation=room.id, seq=seq, key="hug", now=NOON)
    room.block(cast.ana, cast.dora)
    a, d = str(room.of(cast.ana).id), str(room.of(cast.dora).id)
    for person, seen, reacted in (
        (cast.ana, [1, 2], [a]),
        (cast.dora, [2, 3], [d]),
        (cast.ben, [1, 2, 3], sorted([a, d])),
    ):
        told = read(client_of(person), room)
        assert seqs(told) == seen
        (message,) = (m for m in told["items"] if m["seq"] == 2)
        assert message["reactions"] == [{"key": "hug", "memberships": reacted}]


def test_a_block_follows_into_the_next_alias(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.dora)
    room.block(cast.ana, cast.dora)
    room.leave(cast.dora)
    room.join(cast.dora, "Another", visible_from=2)
    room.say(cast.dora)
    assert seqs(read(client_of(cast.ana), room)) == []
    assert room.events(cast.ana) == []


def test_a_block_in_one_place_is_none_in_another(room: Room, cast: Cast, client_of: Client) -> None:
    other = new_room(cast.ben, cast.ana, cast.dora)
    other.say(cast.dora)
    room.block(cast.ana, cast.dora)
    assert seqs(read(client_of(cast.ana), other)) == [1]


def test_it_is_true_at_its_seq_even_while_others_write(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head is read first: what is said between the two reads comes as an event, not in the page."""
    room.say(cast.ana)
    from messaging import access

    found = access.view_of

    def write_between(**given: Any) -> Any:
        room.say(cast.ben)
        return found(**given)

    monkeypatch.setattr(access, "view_of", write_between)
    page = history(by=cast.dora.account, conversation=room.id, limit=10)
    assert (page.seq, [message["seq"] for message in page.items]) == (1, [1])


def test_what_cannot_be_opened_holds_nothing_up(room: Room, cast: Cast, client_of: Client) -> None:
    for n in range(3):
        room.say(cast.ana, f"{n}")
    there = Message.objects.get(seq=2)
    assert there.body is not None
    Message.objects.filter(seq=2).update(body=bytes(there.body)[:-1] + b"\0")
    assert seqs(read(client_of(cast.dora), room)) == [1, 3]
    assert [event["seq"] for event in room.events(cast.dora)] == [1, 3]
    datakeys.destroy_key(room.id)
    assert seqs(read(client_of(cast.dora), room)) == []
    assert room.events(cast.dora) == []


def test_queries_do_not_grow_with_the_page(
    room: Room, cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(60):
        room.say((cast.ana, cast.ben, cast.dora)[n % 3], f"{n}")
    for seq in range(1, 50):
        react(by=cast.ben.account, conversation=room.id, seq=seq, key="heart", now=NOON)
    client = client_of(cast.ana)
    datakeys.forget()
    for limit in (1, 60):
        with django_assert_num_queries(6):  # session, head, memberships, blocks, messages, reactions
            assert len(read(client, room, limit=limit)["items"]) == limit
    room.block(cast.dora, cast.ana)
    with django_assert_num_queries(7):  # … and whose memberships these blocks mean
        assert len(read(client, room, limit=60)["items"]) == 40


def test_the_key_is_read_once(
    room: Room, cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from django.db import connections

    for n in range(5):
        room.say(cast.ana, f"{n}")
    datakeys.forget()
    with django_assert_num_queries(1, connection=connections["keystore"]):
        read(client_of(cast.ana), room)
    with django_assert_num_queries(0, connection=connections["keystore"]):
        read(client_of(cast.ben), room)
