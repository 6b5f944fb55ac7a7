"""Retracting one's own message: nobody is shown its text again, a report could still reach it for a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from messaging.actions.messages import edit_message, react, retract_message
from messaging.models import Conversation, Message, MessageVersion, Reaction
from tests.asking import refused
from tests.cast import Cast, Person, utc_now
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def room(cast: Cast) -> Room:
    made = new_room(cast.ben, cast.ana, cast.dora)
    made.say(cast.ana, "Hallo")
    return made


def test_the_text_is_gone_for_everybody(room: Room, cast: Cast, client_of: Client) -> None:
    react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    reply = client_of(cast.ana).delete(f"{room.url}/messages/1")
    assert (reply.status_code, reply.content) == (204, b"")
    for person in (cast.ana, cast.ben, cast.dora):
        (told,) = client_of(person).get(f"{room.url}/messages").json()["items"]
        assert (told["body"], told["reactions"], told["retracted_at"] is not None) == (None, [], True)
    events = room.events(cast.dora)
    assert [event["type"] for event in events] == ["message.created", "reaction.changed", "message.retracted"]
    assert (events[0]["body"], events[1]["keys"], events[2]["message_seq"]) == (None, [], 1)


def test_the_sealed_text_stays_for_a_report(room: Room, cast: Cast) -> None:
    before = Message.objects.get()
    edit_message(by=cast.ana.account, conversation=room.id, seq=1, body="Hello", now=NOON)
    retract_message(by=cast.ana.account, conversation=room.id, seq=1, now=NOON)
    there = Message.objects.get()
    first, second = MessageVersion.objects.order_by("version")
    assert there.body is None
    assert first.body == before.body
    assert (second.version, second.tag, second.body is not None) == (2, there.tag, True)
    assert there.first_tag == before.tag


def test_a_second_time_changes_nothing(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert client.delete(f"{room.url}/messages/1").status_code == 204
    first = Message.objects.get().retracted_at
    assert client.delete(f"{room.url}/messages/1").status_code == 204
    assert (room.head, Message.objects.get().retracted_at) == (2, first)
    assert MessageVersion.objects.count() == 1


def test_only_ones_own(room: Room, cast: Cast, client_of: Client) -> None:
    for person, status, code in (
        (cast.dora, 403, "forbidden"),
        (cast.ben, 403, "forbidden"),
        (cast.cleo, 404, "not_found"),
    ):
        refused(client_of(person).delete(f"{room.url}/messages/1"), status, code)
    refused(client_of(cast.ana).delete(f"{room.url}/messages/2"), 404, "not_found")
    room.leave(cast.ana)
    refused(client_of(cast.ana).delete(f"{room.url}/messages/1"), 404, "not_found")
    assert not Message.objects.filter(body=None).exists()


def test_who_may_not_write_may_still_take_back(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ana)
    room.change(cast.ana, muted_until=utc_now() + timedelta(hours=1))
    assert client_of(cast.ana).delete(f"{room.url}/messages/1").status_code == 204
    Conversation.objects.filter(id=room.id).update(closed_at=NOON)
    assert client_of(cast.ana).delete(f"{room.url}/messages/2").status_code == 204
    assert not Message.objects.exclude(body=None).exists()


def test_no_reaction_to_what_is_retracted(room: Room, cast: Cast, client_of: Client) -> None:
    retract_message(by=cast.ana.account, conversation=room.id, seq=1, now=NOON)
    client = client_of(cast.dora)
    refused(client.put(f"{room.url}/messages/1/reactions/hug"), 409, "message_retracted")
    assert client.delete(f"{room.url}/messages/1/reactions/hug").status_code == 204
    assert not Reaction.objects.exists()
    assert room.head == 2
