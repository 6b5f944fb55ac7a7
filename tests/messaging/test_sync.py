"""`POST /sync`: the socket's events, asked for, page by page; nothing of what is not the caller's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.sessions import revoke_session
from backend.core.accounts.models import Account
from backend.core.sealing import datakeys
from backend.core.streams import sync
from backend.core.streams.hub import BEHIND
from backend.core.streams.models import Event, Stream
from messaging.actions.messages import edit_message, react, retract_message
from tests.asking import API, codes_at, refused
from tests.cast import Cast, Person, new_session
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana, cast.dora)


def ask(client: APIClient, cursors: Mapping[Any, int]) -> dict[str, Any]:
    reply = client.post(f"{API}/sync", {"cursors": {str(name): seq for name, seq in cursors.items()}})
    assert reply.status_code == 200, reply.content
    told: dict[str, Any] = reply.json()
    return told


def test_what_happened_behind_the_cursor(room: Room, cast: Cast, client_of: Client) -> None:
    for n in range(3):
        room.say(cast.ben, f"{n}")
    edit_message(by=cast.ben.account, conversation=room.id, seq=1, body="Zero", now=NOON)
    told = ask(client_of(cast.ana), {room.id: 1})
    part = told["streams"][str(room.id)]
    assert {key: part[key] for key in part if key != "events"} == {"after": 1, "to": 4, "head": 4}
    assert part["events"] == room.events(cast.ana, 1)
    assert [event["seq"] for event in part["events"]] == [2, 3, 4]
    assert told["heads"] == {"inbox": 0, str(room.id): 4}


def test_at_the_head_there_is_nothing(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ben)
    part = {"after": 1, "to": 1, "head": 1, "events": []}
    assert ask(client_of(cast.ana), {room.id: 1})["streams"] == {str(room.id): part}
    assert ask(client_of(cast.ana), {}) == {"heads": {"inbox": 0, str(room.id): 1}, "streams": {}}


def test_the_inbox_has_its_name(room: Room, cast: Cast, client_of: Client) -> None:
    session, _ = new_session(cast.ana.account)
    revoke_session(by=cast.ana.account, session=session.id, now=NOON)
    (event,) = ask(client_of(cast.ana), {"inbox": 0})["streams"]["inbox"]["events"]
    assert event == {"type": "session.revoked", "seq": 1, "session": str(session.id)}
    assert ask(client_of(cast.ana), {cast.ana.account.inbox: 0})["streams"] == {}  # its id is nobody's business
    assert ask(client_of(cast.ben), {cast.ana.account.inbox: 0})["streams"] == {}


def test_what_is_not_the_callers_is_as_if_it_were_not(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ben)
    room.leave(cast.dora, "removed")
    strange = {room.id: 0, uuid4(): 0, "x": 0, "": 0, "INBOX": 0, room.id.hex: 0}
    for person in (cast.dora, cast.cleo, cast.max):
        told = ask(client_of(person), strange)
        assert (told["streams"], list(told["heads"])) == ({}, ["inbox"])


def test_only_what_the_viewer_may_see(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ana)  # 1
    room.say(cast.dora)  # 2
    room.join(cast.cleo, visible_from=3)
    edit_message(by=cast.ana.account, conversation=room.id, seq=1, body="Ho", now=NOON)  # 3
    react(by=cast.ben.account, conversation=room.id, seq=2, key="hug", now=NOON)  # 4
    retract_message(by=cast.ana.account, conversation=room.id, seq=1, now=NOON)  # 5
    room.say(cast.ana)  # 6
    room.block(cast.ben, cast.dora)
    seen = {}
    for name, person in (("ana", cast.ana), ("ben", cast.ben), ("cleo", cast.cleo), ("dora", cast.dora)):
        part = ask(client_of(person), {room.id: 0})["streams"][str(room.id)]
        assert (part["after"], part["to"]) == (0, 6)
        seen[name] = [event["seq"] for event in part["events"]]
    assert seen == {"ana": [1, 2, 3, 4, 5, 6], "ben": [1, 3, 5, 6], "cleo": [6], "dora": [1, 2, 3, 5, 6]}


def test_page_by_page(cast: Cast, client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "AT_ONCE", 4)
    rooms = [new_room(cast.ben, cast.ana) for _ in range(3)]
    for n in range(9):
        rooms[n % 3].say(cast.ben, f"{n}")
    client, at = client_of(cast.ana), {str(room.id): 0 for room in rooms}
    got: dict[str, list[int]] = {name: [] for name in at}
    for calls in range(1, 9):  # noqa: B007
        told = ask(client, at)["streams"]
        assert sum(len(part["events"]) for part in told.values()) <= 4
        for name, part in told.items():
            assert part["after"] == at[name]
            got[name] += [event["seq"] for event in part["events"]]
            at[name] = part["to"]
        if all(part["to"] == part["head"] for part in told.values()):
            break
    assert got == {name: [1, 2, 3] for name in at}
    assert calls == 3


def test_too_far_behind_or_ahead(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ben)
    client = client_of(cast.ana)
    part = ask(client, {room.id: 2})["streams"][str(room.id)]
    assert part == {"after": 2, "to": 2, "head": 1, "events": [], "resync": True}
    Stream.objects.filter(id=room.id).update(head=BEHIND + 1)
    Event.objects.bulk_create(
        Event(stream_id=room.id, seq=seq, kind="conversation.changed", at=NOON) for seq in range(2, BEHIND + 2)
    )
    assert ask(client, {room.id: 0})["streams"][str(room.id)]["resync"] is True
    part = ask(client, {room.id: 1})["streams"][str(room.id)]
    assert (part["to"], part["head"], "resync" in part) == (1 + sync.AT_ONCE, BEHIND + 1, False)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/cursors", "required"),
        ({"cursors": None}, "/cursors", "not_null"),
        ({"cursors": []}, "/cursors", "not_object"),
        ({"cursors": {"inbox": -1}}, "/cursors", "not_whole"),
        ({"cursors": {"inbox": "0"}}, "/cursors", "not_whole"),
        ({"cursors": {"inbox": True}}, "/cursors", "not_whole"),
        ({"cursors": {"inbox": 2**53}}, "/cursors", "not_whole"),
        ({"cursors": {str(n): 0 for n in range(2001)}}, "/cursors", "too_many_items"),
        ({"cursors": {}, "limit": 1}, "", "unknown_field"),
    ],
)
def test_bad_input(cast: Cast, client_of: Client, body: Any, pointer: str, code: str) -> None:
    assert codes_at(client_of(cast.ana).post(f"{API}/sync", body)) == {pointer: code}


def test_who_is_not_signed_in(db: None) -> None:
    refused(APIClient().post(f"{API}/sync", {"cursors": {}}), 401, "sign_in_needed")


def test_queries_do_not_grow_with_the_streams(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, cursors = client_of(cast.ana), dict[Any, int]({"inbox": 0})
    for more in (1, 6):
        for _ in range(more):
            room = new_room(cast.ben, cast.ana)
            cursors[room.id] = 0
            for n in range(4):
                room.say(cast.ben, f"{n}")
                react(by=cast.ana.account, conversation=room.id, seq=2 * n + 1, key="hug", now=NOON)
            edit_message(by=cast.ben.account, conversation=room.id, seq=1, body="Ho", now=NOON)
        datakeys.forget()
        # session, heads; inbox, memberships, blocks; events; created; reactions and their messages; edited; all heads
        with django_assert_num_queries(11):
            told = ask(client, cursors)
        assert all(part["to"] == 9 for name, part in told["streams"].items() if name != "inbox")
