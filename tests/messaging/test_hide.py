"""Hiding a message by a decision: shown to nobody, live, on resume and in the history; restored, it is as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from messaging.actions.hiding import hide_message, restore_message
from messaging.actions.messages import edit_message, react, retract_message
from messaging.models import Message, Reaction
from tests.asking import refused
from tests.cast import Cast, Person
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def room(cast: Cast) -> Room:
    """A room in which ana has said something that dora reacted to."""
    room = new_room(cast.ben, cast.ana, cast.dora)
    room.say(cast.ana, "Hello")
    react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    return room


def _told(room: Room, client: APIClient) -> dict[str, Any]:
    (told,) = client.get(f"{room.url}/messages").json()["items"]
    return dict(told)


def test_nobody_is_shown_the_text_and_all_are_told(room: Room, cast: Cast, client_of: Client) -> None:
    hide_message(conversation=room.id, seq=1, now=NOON)
    for person in (cast.ana, cast.ben, cast.dora):
        told = _told(room, client_of(person))
        assert (told["body"], told["retracted_at"], told["hidden_at"] is not None) == (None, None, True)
        assert "Hello" not in str(room.events(person))
    events = room.events(cast.dora)
    assert [event["type"] for event in events] == ["message.created", "reaction.changed", "message.hidden"]
    assert (events[2]["message_seq"], events[2]["body"]) == (1, None)


def test_restored_it_is_exactly_as_it_was(room: Room, cast: Cast, client_of: Client) -> None:
    before, row = _told(room, client_of(cast.dora)), Message.objects.get()
    hide_message(conversation=room.id, seq=1, now=NOON)
    restore_message(conversation=room.id, seq=1, now=NOON)
    assert _told(room, client_of(cast.dora)) == before
    after = Message.objects.get()
    assert {f.name: getattr(after, f.name) for f in Message._meta.concrete_fields} == {
        f.name: getattr(row, f.name) for f in Message._meta.concrete_fields
    }
    assert room.events(cast.dora)[-1]["body"] == "Hello"


def test_a_second_time_changes_nothing(room: Room) -> None:
    first = hide_message(conversation=room.id, seq=1, now=NOON).hidden_at
    head = room.head
    assert hide_message(conversation=room.id, seq=1, now=NOON).hidden_at == first
    assert room.head == head
    restore_message(conversation=room.id, seq=1, now=NOON)
    restore_message(conversation=room.id, seq=1, now=NOON)
    assert room.head == head + 1
    for conversation, seq in ((room.id, 9), (uuid4(), 1)):
        with pytest.raises(NotFound):
            hide_message(conversation=conversation, seq=seq, now=NOON)


def test_what_is_hidden_can_be_taken_back_and_nothing_else(room: Room, cast: Cast, client_of: Client) -> None:
    hide_message(conversation=room.id, seq=1, now=NOON)
    ana, dora = client_of(cast.ana), client_of(cast.dora)
    refused(ana.patch(f"{room.url}/messages/1", {"body": "Other"}), 409, "message_hidden")
    refused(dora.put(f"{room.url}/messages/1/reactions/heart"), 409, "message_hidden")
    assert ana.delete(f"{room.url}/messages/1").status_code == 204
    restore_message(conversation=room.id, seq=1, now=NOON)
    told = _told(room, dora)
    assert (told["body"], told["hidden_at"], told["retracted_at"] is not None) == (None, None, True)
    assert not Reaction.objects.exists()


def test_an_edit_before_stays(room: Room, cast: Cast, client_of: Client) -> None:
    edit_message(by=cast.ana.account, conversation=room.id, seq=1, body="Hello, all", now=NOON)
    hide_message(conversation=room.id, seq=1, now=NOON)
    restore_message(conversation=room.id, seq=1, now=NOON)
    assert _told(room, client_of(cast.dora))["body"] == "Hello, all"
    retract_message(by=cast.ana.account, conversation=room.id, seq=1, now=NOON)
