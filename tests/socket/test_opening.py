"""How a socket is opened, and how it ends when it is not spoken to as it should be."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from infra.client.socket import Closed, Link
from tests.socket.conftest import ORIGIN
from tests.socket.house import House

pytestmark = pytest.mark.timeout(180)

ENVIRONMENT = {"NAAST_SOCKET_SENDS_PER_S": "10"}  # as anywhere
TICKET, REVOKED, TOO_MANY, BAD_PROTOCOL = 4001, 4003, 4008, 4010


async def test_a_ticket_opens_a_socket_that_tells_where_the_streams_are(house: House) -> None:
    async with house.rest(house.ana) as rest, house.joined(house.ana) as wire:
        assert wire.link.subprotocol == "naast.v1"
        current = next(s for s in (await rest.call("GET", "/sessions"))["items"] if s["current"])
        assert wire.welcome["session"] == current["id"]
        assert wire.welcome["heads"] == (await rest.sync({}))["heads"]
        assert wire.welcome["heads"].keys() == {"inbox", house.group}
        assert wire.welcome["heartbeat_s"] > 0


async def test_a_ticket_is_for_one_socket(house: House) -> None:
    async with house.rest(house.ana) as rest:
        ticket = await rest.ticket()
    async with house.opened(ticket) as first, house.opened(ticket) as second:
        assert await second.end() == (TICKET, None)
        await first.join()


async def test_a_ticket_that_nobody_gave_out_opens_nothing(house: House) -> None:
    async with house.opened("x" * 43) as wire:
        assert await wire.end() == (TICKET, None)


async def test_without_a_ticket_nothing_opens(house: House) -> None:
    assert await _close_code(house, ["naast.v1"]) == TICKET


async def test_a_client_of_another_protocol_is_sent_away(house: House) -> None:
    async with house.rest(house.ana) as rest:
        assert await _close_code(house, [f"ticket.{await rest.ticket()}"]) == BAD_PROTOCOL
    assert await _close_code(house, ["naast.v2", "ticket.x"]) == BAD_PROTOCOL


async def _close_code(house: House, offered: list[str]) -> int:
    protocols = [Subprotocol(name) for name in offered]
    url = house.server.url.replace("http", "ws") + "/ws"
    async with connect(url, subprotocols=protocols, proxy=None) as connection:
        try:
            await Link(connection).hear()
        except Closed as closed:
            return closed.code
    raise AssertionError("it was not closed")


async def test_a_ticket_lives_for_thirty_seconds(house: House) -> None:
    async with house.rest(house.ana) as rest:
        ticket = await rest.ticket()
    database = await psycopg.AsyncConnection.connect(house.server.env["DATABASE_URL"])
    async with database:
        told = await database.execute("SELECT max(expires_at) - now() <= '30 s' FROM accounts_ticket")
        assert await told.fetchone() == (True,)
        await database.execute("UPDATE accounts_ticket SET expires_at = now()")
    async with house.opened(ticket) as wire:
        assert await wire.end() == (TICKET, None)


async def test_a_ticket_of_a_session_that_was_revoked_opens_nothing(house: House) -> None:
    other, session = await house.new_session(house.ana)
    async with house.rest(other) as rest:
        ticket = await rest.ticket()
        await rest.call("DELETE", f"/sessions/{session}")
    async with house.opened(ticket) as wire:
        assert await wire.end() == (REVOKED, None)


async def test_a_browser_is_let_in_from_listed_origins_only(house: House) -> None:
    async with house.wire(house.ana, origin=ORIGIN) as wire:
        await wire.join()
    async with house.wire(house.ana, origin="https://elsewhere.test") as wire:
        assert await wire.end() == (BAD_PROTOCOL, None)


CONVERSATION = str(uuid4())
FIRST: list[Any] = [
    {"op": "ping"},
    {"op": "resume", "cursors": {}},
    {"op": "read", "conversation": CONVERSATION, "seq": 1},
    {"op": "send", "cid": str(uuid4()), "conversation": CONVERSATION, "body": "Hello"},
]


@pytest.mark.parametrize("frame", FIRST, ids=lambda frame: frame["op"])
async def test_hello_comes_first(house: House, frame: dict[str, Any]) -> None:
    async with house.wire(house.ana) as wire:
        await wire.say(**frame)
        code, bye = await wire.end()
        assert code == BAD_PROTOCOL
        assert bye == {"op": "bye", "code": BAD_PROTOCOL, "resumable": False}


WRONG: dict[str, str | bytes] = {
    "unknown op": '{"op": "shout"}',
    "no op": "{}",
    "op of another type": '{"op": 1}',
    "a list": "[]",
    "a word": '"hello"',
    "not JSON": "{",
    "nothing": "",
    "a number that is none": '{"op": "resume", "cursors": {"inbox": NaN}}',
    "two hellos": '{"op": "hello"}',
    "unknown field": '{"op": "ping", "at": 1}',
    "a cursor below nothing": '{"op": "resume", "cursors": {"inbox": -1}}',
    "a cursor of another type": '{"op": "resume", "cursors": {"inbox": "1"}}',
    "a cursor of no stream": '{"op": "resume", "cursors": {"outbox": 1}}',
    "too many cursors": json.dumps({"op": "resume", "cursors": {str(uuid4()): 1 for _ in range(2_001)}}),
    "no cursors": '{"op": "resume"}',
    "read without a seq": json.dumps({"op": "read", "conversation": CONVERSATION}),
    "send without a cid": json.dumps({"op": "send", "conversation": CONVERSATION, "body": "Hello"}),
    "a deep nest": '{"op": "resume", "cursors": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "binary": b'{"op": "ping"}',
}


@pytest.mark.parametrize("frame", WRONG.values(), ids=WRONG.keys())
async def test_what_is_no_frame_ends_the_socket(house: House, frame: str | bytes) -> None:
    async with house.joined(house.cleo) as wire:
        await wire.link.tell_raw(frame)
        code, bye = await wire.end()
        assert (code, bye and bye["resumable"]) == (BAD_PROTOCOL, False) or (code, bye) == (1009, None)


async def test_text_that_is_no_text_ends_the_socket(house: House) -> None:
    async with house.joined(house.ben) as wire:
        await wire.link.connection.send(b'{"op": "ping\xff\xfe"}', text=True)
        code, _ = await wire.end()
        assert code in (BAD_PROTOCOL, 1007)


async def test_a_frame_of_more_than_64_kilobytes_ends_the_socket(house: House) -> None:
    async with house.joined(house.ben) as wire:
        await wire.link.tell_raw('{"op": "ping", "pad": "' + "x" * 70_000 + '"}')
        code, _ = await wire.end()
        assert code in (1009, BAD_PROTOCOL)


async def test_a_flood_of_sends_is_told_to_wait_and_a_flood_of_frames_ends_the_socket(house: House) -> None:
    async with house.joined(house.dora) as wire:
        cids = [await wire.send(house.group, f"{n}") for n in range(60)]
        answers = [await wire.answer(cid) for cid in cids]
        late = [frame for frame in answers if frame["op"] == "nack"]
        assert late, "60 at once are more than three seconds' worth"
        for frame in late:
            assert (frame["problem"]["status"], frame["problem"]["code"]) == (429, "too_many")
            assert 0 < frame["problem"]["retry_after"] < 10
        for _ in range(1_500):
            await wire.link.tell_raw('{"op":"ping"}')
        code, bye = await wire.end()
        assert code == TOO_MANY
        assert bye is not None
        assert bye["resumable"] is False


async def test_a_session_has_at_most_five_sockets(house: House) -> None:
    who, _ = await house.new_session(house.ana)
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(house.wire(who)) for _ in range(6)]
        for wire in wires[:5]:
            await wire.join()
        assert (await wires[5].end())[0] == TOO_MANY
