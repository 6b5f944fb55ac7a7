"""Reactions: a fixed set, a few per person, told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.vocabulary import Reaction as Key
from messaging import access, errors
from messaging.actions.messages import react
from messaging.models import Conversation, Message, Reaction
from tests.asking import refused, together
from tests.cast import Cast, Person, utc_now
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def room(cast: Cast) -> Room:
    made = new_room(cast.ben, cast.ana, cast.dora)
    made.say(cast.ana, "Hallo")
    return made


def reactions(client: APIClient, room: Room) -> dict[str, set[str]]:
    (told,) = client.get(f"{room.url}/messages").json()["items"]
    return {given["key"]: set(given["memberships"]) for given in told["reactions"]}


def test_reactions_come_and_go(room: Room, cast: Cast, client_of: Client) -> None:
    ana, dora = client_of(cast.ana), client_of(cast.dora)
    a, d = str(room.of(cast.ana).id), str(room.of(cast.dora).id)
    for client, key in ((dora, "heart"), (ana, "heart"), (dora, "hug")):
        assert client.put(f"{room.url}/messages/1/reactions/{key}").status_code == 204
    assert reactions(ana, room) == {"heart": {a, d}, "hug": {d}}
    assert dora.delete(f"{room.url}/messages/1/reactions/heart").status_code == 204
    assert reactions(ana, room) == {"heart": {a}, "hug": {d}}
    last = room.events(cast.ben)[-1]
    assert last == {
        "type": "reaction.changed", "seq": 5, "message_seq": 1, "membership": d, "keys": ["hug"],
    }  # fmt: skip


def test_again_is_told_once(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.dora)
    for _ in range(2):
        assert client.put(f"{room.url}/messages/1/reactions/sad").status_code == 204
    assert room.head == 2
    for _ in range(2):
        assert client.delete(f"{room.url}/messages/1/reactions/sad").status_code == 204
    assert room.head == 3


def test_the_set_is_fixed(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.dora)
    for key in ("thumb", "HEART", "heart%20", "%F0%9F%91%8D"):
        refused(client.put(f"{room.url}/messages/1/reactions/{key}"), 400, "reaction_unknown")
        refused(client.delete(f"{room.url}/messages/1/reactions/{key}"), 400, "reaction_unknown")
    assert room.head == 1
    assert set(client.get("/api/v1/meta").json()["reactions"]) == set(Key)


def test_three_at_most(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.dora)
    for key in ("heart", "hug", "yes"):
        client.put(f"{room.url}/messages/1/reactions/{key}")
    refused(client.put(f"{room.url}/messages/1/reactions/no"), 409, "reactions_used_up")
    assert client.put(f"{room.url}/messages/1/reactions/hug").status_code == 204  # has it already
    client.delete(f"{room.url}/messages/1/reactions/hug")
    assert client.put(f"{room.url}/messages/1/reactions/no").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_three_at_most_at_once(room: Room, cast: Cast) -> None:
    acts = [
        partial(react, by=cast.dora.account, conversation=room.id, seq=1, key=key, now=NOON)
        for key in ("heart", "hug", "yes", "no")
    ]
    outcomes = together(*acts)
    assert sum(isinstance(outcome, errors.ReactionsUsedUp) for outcome in outcomes) == 1
    assert (Reaction.objects.count(), room.head) == (3, 4)


def test_only_to_what_one_sees(room: Room, cast: Cast, client_of: Client) -> None:
    room.join(cast.cleo, visible_from=2)
    for person in (cast.cleo, cast.max):
        refused(client_of(person).put(f"{room.url}/messages/1/reactions/hug"), 404, "not_found")
    room.block(cast.ana, cast.dora)
    refused(client_of(cast.dora).put(f"{room.url}/messages/1/reactions/hug"), 404, "not_found")
    refused(client_of(cast.ben).put(f"{room.url}/messages/2/reactions/hug"), 404, "not_found")
    assert room.head == 1


def test_a_newcomer_hears_nothing_about_what_was_before(room: Room, cast: Cast) -> None:
    room.join(cast.cleo, visible_from=2)
    react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    assert room.events(cast.cleo) == []
    assert len(room.events(cast.ben)) == 2


def test_who_has_a_block_with_the_reacting_one_does_not_see_it(room: Room, cast: Cast, client_of: Client) -> None:
    react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    room.block(cast.dora, cast.ana)
    assert reactions(client_of(cast.ana), room) == {}
    assert [event["type"] for event in room.events(cast.ana)] == ["message.created"]
    assert reactions(client_of(cast.ben), room) == {"hug": {str(room.of(cast.dora).id)}}


def test_muted_and_ended(room: Room, cast: Cast, client_of: Client) -> None:
    react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    room.change(cast.dora, muted_until=utc_now() + timedelta(hours=1))
    client = client_of(cast.dora)
    refused(client.put(f"{room.url}/messages/1/reactions/no"), 403, "muted")
    assert client.delete(f"{room.url}/messages/1/reactions/hug").status_code == 204
    Conversation.objects.filter(id=room.id).update(closed_at=NOON)
    refused(client_of(cast.ben).put(f"{room.url}/messages/1/reactions/no"), 403, "conversation_ended")


def test_a_mute_that_comes_in_between_counts(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found = access.message

    def mute_then(**given: object) -> Message:
        room.change(cast.dora, muted_until=NOON + timedelta(hours=1))
        return found(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(access, "message", mute_then)
    with pytest.raises(errors.Muted):
        react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    assert (room.head, Reaction.objects.count()) == (1, 0)
