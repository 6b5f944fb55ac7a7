"""Editing one's own message: with a mark, and with the superseded text kept sealed for a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.sealing import datakeys, seal
from messaging import access, errors
from messaging.accepting.batch import TAG, body_aad
from messaging.actions import messages as actions
from messaging.actions.messages import edit_message, retract_message
from messaging.actions.retention import drop_superseded
from messaging.models import Conversation, Group, Message, MessageVersion
from tests.asking import codes_at, refused
from tests.cast import Cast, Person, utc_now
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def room(cast: Cast) -> Room:
    made = new_room(cast.ben, cast.ana, cast.dora)
    made.say(cast.ana, "Hallo")
    return made


def edit(room: Room, person: Person, body: str, seq: int = 1) -> Message:
    return edit_message(by=person.account, conversation=room.id, seq=seq, body=body, now=LATER)


def test_the_text_changes_and_carries_a_mark(room: Room, cast: Cast, client_of: Client) -> None:
    reply = client_of(cast.ana).patch(f"{room.url}/messages/1", {"body": " Hello "})
    assert reply.status_code == 200
    told = reply.json()
    assert (told["body"], told["seq"], told["edited_at"] is not None) == ("Hello", 1, True)
    assert client_of(cast.dora).get(f"{room.url}/messages").json()["items"] == [told]
    event = room.events(cast.dora)[-1]
    assert (event["type"], event["seq"], event["message_seq"], event["body"]) == ("message.edited", 2, 1, "Hello")


def test_a_replay_shows_the_present_text_only(room: Room, cast: Cast) -> None:
    edit(room, cast.ana, "Hello")
    edit(room, cast.ana, "Hola")
    assert [event["body"] for event in room.events(cast.dora)] == ["Hola"] * 3


def test_every_version_keeps_its_tag_and_place(room: Room, cast: Cast) -> None:
    edit(room, cast.ana, "Hello")
    edit(room, cast.ana, "Hola")
    mine, there, key = room.of(cast.ana), Message.objects.get(), datakeys.key_of(room.id)
    kept = list(MessageVersion.objects.order_by("version"))
    assert [row.version for row in kept] == [1, 2]
    assert there.version == 3
    rows: list[MessageVersion | Message] = [*kept, there]
    for row, text in zip(rows, (b"Hallo", b"Hello", b"Hola"), strict=True):
        place = body_aad(message=there.message_id, version=row.version, conversation=room.id, membership=mine.id)
        assert row.body is not None
        assert seal.unseal(key=key, sealed=bytes(row.body), aad=place) == text
        proof = (room.id.bytes, mine.id.bytes, there.client_id.bytes, text)
        assert seal.tag_matches(purpose=TAG, parts=proof, tag=bytes(row.tag))
    assert there.first_tag is not None
    assert bytes(there.first_tag) == bytes(kept[0].tag)


def test_the_same_text_changes_nothing(room: Room, cast: Cast, client_of: Client) -> None:
    assert client_of(cast.ana).patch(f"{room.url}/messages/1", {"body": " Hallo"}).json()["edited_at"] is None
    assert room.head == 1
    assert not MessageVersion.objects.exists()


def test_back_to_the_first_text_is_another_version(room: Room, cast: Cast) -> None:
    edit(room, cast.ana, "Hello")
    assert edit(room, cast.ana, "Hallo").version == 3
    assert room.head == 3


def test_only_ones_own(room: Room, cast: Cast, client_of: Client) -> None:
    for person, status, code in (
        (cast.dora, 403, "forbidden"),
        (cast.ben, 403, "forbidden"),  # not even who leads the group
        (cast.cleo, 404, "not_found"),
        (cast.max, 404, "not_found"),
    ):
        refused(client_of(person).patch(f"{room.url}/messages/1", {"body": "Hello"}), status, code)
    room.block(cast.dora, cast.ana)
    refused(client_of(cast.dora).patch(f"{room.url}/messages/1", {"body": "Hello"}), 404, "not_found")
    assert room.head == 1


def test_not_what_was_said_under_another_alias(room: Room, cast: Cast, client_of: Client) -> None:
    room.leave(cast.ana)
    refused(client_of(cast.ana).patch(f"{room.url}/messages/1", {"body": "Hello"}), 404, "not_found")
    room.join(cast.ana, "Another")
    refused(client_of(cast.ana).patch(f"{room.url}/messages/1", {"body": "Hello"}), 403, "forbidden")


def test_unknown_messages(room: Room, cast: Cast, client_of: Client) -> None:
    edit(room, cast.ana, "Hello")
    client = client_of(cast.ana)
    for seq in ("2", "3", "0", "-1", "x", "9" * 15, "9" * 16, "1.0"):  # 2 is an event, but no message
        refused(client.patch(f"{room.url}/messages/{seq}", {"body": "Hola"}), 404, "not_found")


def test_bad_input(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert codes_at(client.patch(f"{room.url}/messages/1", {})) == {"/body": "required"}
    assert codes_at(client.patch(f"{room.url}/messages/1", {"body": "  "})) == {"/body": "text_empty"}
    assert codes_at(client.patch(f"{room.url}/messages/1", {"body": "Hi", "reply_to": 1})) == {"": "unknown_field"}
    assert room.head == 1


def test_not_when_it_could_not_be_said(cast: Cast, client_of: Client) -> None:
    muted, ended = new_room(cast.ben, cast.ana), new_room(cast.ben, cast.ana)
    shut = new_room(cast.ben, cast.ana)
    for room in (muted, ended, shut):
        room.say(cast.ana)
    muted.change(cast.ana, muted_until=utc_now() + timedelta(hours=1))
    Conversation.objects.filter(id=ended.id).update(closed_at=NOON)
    at_night = {"timezone": "Europe/Amsterdam", "days": {"mon": [["03:00", "03:01"]]}}
    Group.objects.filter(pk=shut.id).update(opening_hours=at_night)
    shut.say(cast.ben)
    with pytest.raises(errors.GroupClosedNow):
        edit_message(by=cast.ana.account, conversation=shut.id, seq=1, body="Ho", now=NOON)
    edit_message(by=cast.ben.account, conversation=shut.id, seq=2, body="Ho", now=NOON)
    refused(client_of(cast.ana).patch(f"{muted.url}/messages/1", {"body": "Ho"}), 403, "muted")
    refused(client_of(cast.ana).patch(f"{ended.url}/messages/1", {"body": "Ho"}), 403, "conversation_ended")


def test_a_mute_that_comes_in_between_counts(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again once the head is locked: whoever mutes moves the same head."""
    found = access.message

    def mute_then(**given: object) -> Message:
        room.change(cast.ana, muted_until=LATER + timedelta(hours=1))
        return found(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(access, "message", mute_then)
    with pytest.raises(errors.Muted):
        edit(room, cast.ana, "Hello")
    assert room.head == 1


def test_a_retracted_one_stays_retracted(room: Room, cast: Cast, client_of: Client) -> None:
    retract_message(by=cast.ana.account, conversation=room.id, seq=1, now=LATER)
    refused(client_of(cast.ana).patch(f"{room.url}/messages/1", {"body": "Hello"}), 409, "message_retracted")


def test_edits_have_an_end(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_VERSIONS", 2)
    edit(room, cast.ana, "Hello")
    with pytest.raises(errors.EditsUsedUp):
        edit(room, cast.ana, "Hola")


def test_a_clock_set_back_does_not_show(room: Room, cast: Cast) -> None:
    there = edit_message(by=cast.ana.account, conversation=room.id, seq=1, body="Hello", now=NOON - timedelta(hours=1))
    assert there.edited_at == there.sent_at == NOON


def test_superseded_texts_go_after_thirty_days(room: Room, cast: Cast) -> None:
    edit(room, cast.ana, "Hello")
    room.say(cast.dora, client_id=uuid4())
    retract_message(by=cast.dora.account, conversation=room.id, seq=3, now=LATER + timedelta(days=1))
    assert drop_superseded(now=LATER + timedelta(days=30) - timedelta(seconds=1)) == 0
    assert drop_superseded(now=LATER + timedelta(days=30)) == 1
    first, second = MessageVersion.objects.order_by("seq")
    assert (first.body, len(first.tag)) == (None, 33)
    assert second.body is not None
    assert drop_superseded(now=LATER + timedelta(days=31)) == 1
    assert drop_superseded(now=LATER + timedelta(days=99)) == 0


def test_queries_of_an_edit(
    room: Room, cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    # session; membership, message, view (2); version, message; heads (2), event, membership again; savepoint (2);
    # then the answer: view (2), message, reactions
    with django_assert_num_queries(17):
        client.patch(f"{room.url}/messages/1", {"body": "Hello"})
