"""Sending over REST: accepted once, refused with a reason, nothing changed by what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import IntegrityError, connections
from django.test import AsyncClient
from psycopg.errors import UniqueViolation
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import DomainError, Unavailable
from backend.core.sealing import datakeys
from messaging import errors, process
from messaging.accepting import batch
from messaging.accepting.batch import Accepted, Send
from messaging.actions import messages as actions
from messaging.actions.messages import edit_message, retract_message
from messaging.api import messages as api
from messaging.models import Message
from tests.asking import codes_at, refused, together
from tests.cast import Cast, Person, new_person, utc_now
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
LONGEST = "ä" * 4000


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana, cast.dora)


def send(client: APIClient, room: Room, **given: Any) -> Any:
    return client.post(f"{room.url}/messages", {"client_id": str(uuid4()), "body": "Hello", **given})


# -- accepted ---------------------------------------------------------------------------------------------------------


def test_the_answer_is_the_whole_message(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ben)
    reply = send(client_of(cast.ana), room, body="  Cafe\u0301\r\nto go  ", reply_to=1)
    assert reply.status_code == 201
    told = reply.json()
    mine = room.of(cast.ana)
    assert told["sender"] == {"membership": str(mine.id), "alias": mine.alias, "avatar_key": "wave-sand", "peer": None}
    assert (told["seq"], told["body"], told["reply_to"]) == (2, "Café\nto go", 1)
    assert (told["edited_at"], told["retracted_at"], told["reactions"]) == (None, None, [])
    assert told["sent_at"].endswith("Z")
    assert client_of(cast.dora).get(f"{room.url}/messages").json()["items"][-1] == told
    event = room.events(cast.dora)[-1]
    assert event.pop("type") == "message.created"
    assert {**event, "reactions": []} == told


def test_the_longest_body_is_taken(room: Room, cast: Cast, client_of: Client) -> None:
    assert send(client_of(cast.ana), room, body=LONGEST).json()["body"] == LONGEST


def test_the_same_again_gets_the_first_result(room: Room, cast: Cast, client_of: Client) -> None:
    client, key = client_of(cast.ana), str(uuid4())
    first = send(client, room, client_id=key, body="Hi")
    again = send(client, room, client_id=key, body=" Hi ")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert room.head == 1


def test_the_same_again_shows_the_message_as_it_is_now(room: Room, cast: Cast, client_of: Client) -> None:
    client, key = client_of(cast.ana), str(uuid4())
    send(client, room, client_id=key, body="Hi")
    edit_message(by=cast.ana.account, conversation=room.id, seq=1, body="Ho", now=NOON)
    assert send(client, room, client_id=key, body="Hi").json()["body"] == "Ho"
    refused(send(client, room, client_id=key, body="Ho"), 409, "client_id_used")  # judged by the first version
    retract_message(by=cast.ana.account, conversation=room.id, seq=1, now=NOON)
    again = send(client, room, client_id=key, body="Hi")
    assert (again.status_code, again.json()["body"]) == (200, None)


def test_another_body_with_the_same_client_id(room: Room, cast: Cast, client_of: Client) -> None:
    client, key = client_of(cast.ana), str(uuid4())
    send(client, room, client_id=key, body="Hi")
    refused(send(client, room, client_id=key, body="Ho"), 409, "client_id_used")
    assert send(client_of(cast.dora), room, client_id=key, body="Ho").status_code == 201  # hers is another one
    assert room.head == 2


def test_queries_of_a_send(
    room: Room, cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    room.say(cast.ben)
    with django_assert_num_queries(6):  # session; head, facts, insert; BEGIN and COMMIT (here a savepoint)
        assert send(client, room).status_code == 201
    with django_assert_num_queries(7):  # … and whether the reply is seen
        assert send(client, room, reply_to=1).status_code == 201


# -- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({"body": ""}, "/body", "text_empty"),
        ({"body": " \u200b\n"}, "/body", "text_empty"),
        ({"body": LONGEST + "ä"}, "/body", "text_too_long"),
        ({"body": "a\0b"}, "/body", "text_control_character"),
        ({"body": "\u202eevil"}, "/body", "text_control_character"),
        ({"body": 7}, "/body", "not_text"),
        ({"body": None}, "/body", "not_null"),
        ({"body": ["Hi"]}, "/body", "not_text"),
        ({"client_id": "1"}, "/client_id", "not_uuid"),
        ({"client_id": 1}, "/client_id", "not_uuid"),
        ({"client_id": None}, "/client_id", "not_null"),
        ({"reply_to": "1"}, "/reply_to", "not_whole"),
        ({"reply_to": 1.0}, "/reply_to", "not_whole"),
        ({"reply_to": True}, "/reply_to", "not_whole"),
        ({"reply_to": 0}, "/reply_to", "too_small"),
        ({"reply_to": 2**53}, "/reply_to", "too_large"),
        ({"seq": 1}, "", "unknown_field"),
    ],
)
def test_bad_input(room: Room, cast: Cast, client_of: Client, given: dict[str, Any], pointer: str, code: str) -> None:
    assert codes_at(send(client_of(cast.ana), room, **given))[pointer] == code
    assert room.head == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid"),
        (b'{"client_id":', "malformed"),
        (b'{"body": "\xff"}', "malformed"),
        (b'{"body": "\\ud800"}', "malformed"),
        (b'{"body": NaN}', "malformed"),
        (b"[]", "invalid"),
        (b"{}", "invalid"),
    ],
)
def test_bad_bytes(room: Room, cast: Cast, client_of: Client, body: bytes, code: str) -> None:
    reply = client_of(cast.ana).post(f"{room.url}/messages", body, content_type="application/json")
    refused(reply, 400, code)
    assert room.head == 0


def test_what_is_no_send_at_all(room: Room, cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    refused(client.put(f"{room.url}/messages", {}), 405, "method_not_allowed")
    refused(
        client.post(f"{room.url}/messages?now=1", {"client_id": str(uuid4()), "body": "Hi"}), 400, "parameter_unknown"
    )
    form = client.generic("POST", f"{room.url}/messages", "body=Hi", content_type="application/x-www-form-urlencoded")
    refused(form, 415, "media_type_unsupported")
    refused(send(APIClient(), room), 401, "sign_in_needed")
    huge = orjson.dumps({"client_id": str(uuid4()), "body": "a" * 70_000})
    refused(client.post(f"{room.url}/messages", huge, content_type="application/json"), 413, "body_too_large")
    assert room.head == 0


def test_strangers_and_who_left_find_nothing(room: Room, cast: Cast, client_of: Client) -> None:
    room.leave(cast.dora)
    for person in (cast.cleo, cast.dora, cast.max):
        refused(send(client_of(person), room), 404, "not_found")
    refused(send(client_of(cast.ana), Room(uuid4())), 404, "not_found")
    assert room.head == 0


def test_replies_go_to_what_the_sender_sees(room: Room, cast: Cast, client_of: Client) -> None:
    room.say(cast.ben)
    room.say(cast.dora)
    room.join(cast.cleo, visible_from=2)
    room.block(cast.ana, cast.dora)
    edit_message(by=cast.ben.account, conversation=room.id, seq=1, body="Ho", now=NOON)
    assert send(client_of(cast.ana), room, reply_to=1).status_code == 201
    assert send(client_of(cast.cleo), room, reply_to=2).status_code == 201
    for who, seq in ((cast.ana, 2), (cast.cleo, 1), (cast.ben, 3), (cast.ben, 99)):  # blocked, before, no message, none
        refused(send(client_of(who), room, reply_to=seq), 400, "reply_unknown")


def test_replies_reach_an_earlier_time_there(room: Room, cast: Cast, client_of: Client) -> None:
    for body in ("one", "two", "three"):
        room.say(cast.ben, body)
    room.change(cast.dora, state="left", visible_to=1)
    room.join(cast.dora, "Back again", visible_from=3)
    assert send(client_of(cast.dora), room, reply_to=1).status_code == 201
    refused(send(client_of(cast.dora), room, reply_to=2), 400, "reply_unknown")


def test_what_the_group_does_not_allow_now(cast: Cast, client_of: Client) -> None:
    muted = new_room(cast.ben, cast.ana)
    muted.change(cast.ana, muted_until=utc_now() + timedelta(hours=1))
    refused(send(client_of(cast.ana), muted), 403, "muted")
    slow = new_room(cast.ben, cast.ana, slow_mode_s=60)
    assert send(client_of(cast.ana), slow).status_code == 201
    reply = send(client_of(cast.ana), slow)
    refused(reply, 429, "slow_mode")
    assert 58 <= int(reply["Retry-After"]) <= 60
    for _ in range(2):
        assert send(client_of(cast.ben), slow).status_code == 201  # not who leads it


# -- races and the process --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_send_at_once_on_two_connections(room: Room, cast: Cast) -> None:
    key = uuid4()
    outcomes = together(*[lambda: room.say(cast.ana, "Hi", client_id=key)] * 4)
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len(accepted) == 4
    assert sorted(outcome.again for outcome in accepted) == [False, True, True, True]
    assert {(outcome.seq, outcome.id) for outcome in accepted} == {(1, accepted[0].id)}
    assert Message.objects.count() == 1


def test_a_lost_race_is_looked_up_again(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found, losses = batch.decide, iter([True, False])

    def lose_once(*args: Any, **given: Any) -> Any:
        if next(losses):
            raise IntegrityError from UniqueViolation()
        return found(*args, **given)

    monkeypatch.setattr(actions, "decide", lose_once)
    assert room.say(cast.ana).seq == 1


def test_a_race_lost_for_ever_is_not_now(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*args: Any, **given: Any) -> Any:
        raise IntegrityError from UniqueViolation()

    monkeypatch.setattr(actions, "decide", lose)
    with pytest.raises(Unavailable):
        room.say(cast.ana)


@pytest.fixture
def fake_process(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A server process whose writer answers with `outcome`."""
    fake = SimpleNamespace(outcome=None, sends=[], wait=0.0)

    async def answer(send: Send) -> Any:
        fake.sends.append(send)
        return fake.outcome

    fake.writer = SimpleNamespace(put=answer)
    fake.pace_of = lambda session: SimpleNamespace(send=lambda now: fake.wait)
    monkeypatch.setattr(api, "current", lambda: fake)
    return fake


def test_a_server_process_takes_sends_to_its_writer(
    room: Room, cast: Cast, client_of: Client, fake_process: SimpleNamespace
) -> None:
    fake_process.outcome = errors.Muted()
    refused(send(client_of(cast.ana), room, body=" Hi "), 403, "muted")
    (taken,) = fake_process.sends
    assert (taken.account, taken.conversation, taken.body) == (cast.ana.account.id, room.id, "Hi")
    fake_process.wait = 2.5
    reply = send(client_of(cast.ana), room)
    refused(reply, 429, "too_many")
    assert reply["Retry-After"] == "3"
    assert len(fake_process.sends) == 1


def _prepare() -> tuple[Room, str, str]:
    """A room and the tokens of its two: the fixture `cast` would run in another thread than the test's reads."""
    ana, ben = new_person(), new_person()
    try:
        return new_room(ben, ana), ana.token, ben.token
    finally:
        connections.close_all()


@pytest.fixture
def close_threads() -> Iterator[None]:
    """What the threads of the event loop opened would hold the database."""
    yield
    connections.close_all()


@pytest.mark.django_db(transaction=True)
async def test_through_a_real_writer(close_threads: None) -> None:
    room, ana, ben = await sync_to_async(_prepare)()
    running = process.Process()
    await running.start()
    try:
        client, url = AsyncClient(), f"{room.url}/messages"
        sends = [{"client_id": str(uuid4()), "body": f"{n}"} for n in range(20)]
        replies = await asyncio.gather(
            *(
                client.post(url, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})
                for body in sends
                for token in (ana, ben)
            )
        )
        assert [reply.status_code for reply in replies] == [201] * 40
        assert sorted(reply.json()["seq"] for reply in replies) == list(range(1, 41))
    finally:
        await running.stop()
        datakeys.forget()
        await sync_to_async(connections.close_all)()


@pytest.mark.django_db(transaction=True)
async def test_a_send_that_waits_holds_no_connection(close_threads: None, fake_process: SimpleNamespace) -> None:
    """Else as many sends as the pool has connections would keep everybody else out."""
    room, ana, _ = await sync_to_async(_prepare)()
    answer: asyncio.Future[DomainError] = asyncio.get_running_loop().create_future()
    all_wait = asyncio.Barrier(13)

    async def wait(send: Send) -> DomainError:
        await all_wait.wait()
        return await answer

    def connected() -> int:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    fake_process.writer.put = wait
    app: Any = ASGIHandler()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        client.headers["Authorization"] = f"Bearer {ana}"
        told = {"client_id": str(uuid4()), "body": "Hi"}
        sends = [asyncio.create_task(client.post(f"{room.url}/messages", json=told)) for _ in range(12)]
        async with asyncio.timeout(20):
            await all_wait.wait()
        try:
            assert await sync_to_async(connected)() < 6
        finally:
            answer.set_result(errors.Muted())
            assert {(await send).status_code for send in sends} == {403}
            await sync_to_async(connections.close_all)()


def test_refusals_are_told_as_they_are(
    room: Room, cast: Cast, client_of: Client, fake_process: SimpleNamespace
) -> None:
    for refusal in (errors.ClientIdUsed(), errors.NoSuchConversation(), errors.ReplyUnknown(), Unavailable()):
        assert isinstance(refusal, DomainError)
        fake_process.outcome = refusal
        refused(send(client_of(cast.ana), room), refusal.status, refusal.code)
