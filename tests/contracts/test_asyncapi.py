"""`docs/asyncapi.yaml` is sound, whole, and what the socket really speaks."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from jsonschema import Draft7Validator

from backend.core.accounts.actions.tickets import issue_ticket
from backend.core.http.titles import TITLES
from backend.core.sealing import datakeys
from backend.core.streams import registry
from messaging import consumers
from messaging.actions.messages import edit_message
from messaging.consumers import socket
from messaging.frames import FrameRefused, parse_frame
from messaging.process import Process
from tests.cast import new_person, utc_now
from tests.contracts.asyncapi import ACTIONS, check_event, check_frame, document, event_types, find, ops
from tests.messaging.rooms import NOON, Room, new_room

CLIENT, SERVER = ops("client"), ops("server")


def walk(part: Any, path: str = "#") -> Iterator[tuple[str, Any]]:
    """Every part of the document with where it stands."""
    yield path, part
    if isinstance(part, dict):
        for key, inner in part.items():
            yield from walk(inner, f"{path}/{key}")
    elif isinstance(part, list):
        for index, inner in enumerate(part):
            yield from walk(inner, f"{path}/{index}")


# -- the document -----------------------------------------------------------------------------------------------------


def test_it_is_asyncapi_3() -> None:
    told = document()
    assert told["asyncapi"].startswith("3.")
    assert set(told["info"]) >= {"title", "version", "description"}
    assert set(told) <= {
        "asyncapi",
        "id",
        "info",
        "servers",
        "defaultContentType",
        "channels",
        "operations",
        "components",
    }
    assert told["defaultContentType"] == "application/json"
    for server in told["servers"].values():
        assert set(server) >= {"host", "protocol"}
    (channel,) = told["channels"].values()
    assert channel["address"] == "/ws"
    assert {operation["action"] for operation in told["operations"].values()} == set(ACTIONS.values())


def test_every_reference_is_there_and_every_part_is_used() -> None:
    used = {part["$ref"] for _, part in walk(document()) if isinstance(part, dict) and "$ref" in part}
    for reference in used:
        assert find(reference) is not None
    for kind in ("messages", "schemas"):
        for name in document()["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, name


def test_every_frame_is_in_the_channel_and_said_by_one_side() -> None:
    messages = document()["components"]["messages"]
    (channel,) = document()["channels"].values()
    assert {name: part["$ref"] for name, part in channel["messages"].items()} == {
        name: f"#/components/messages/{name}" for name in messages
    }
    assert set(messages) == CLIENT | SERVER
    assert not CLIENT & SERVER
    for name, message in messages.items():
        assert message["name"] == name
        assert message["payload"]["properties"]["op"] == {"const": name}
        assert message["summary"]


def test_every_schema_is_a_schema() -> None:
    for _, part in walk(document()["components"]["schemas"]):
        if isinstance(part, dict):
            for name in part.get("required", ()):
                assert name in part["properties"]
    for name in document()["components"]["schemas"]:
        Draft7Validator.check_schema(find(f"#/components/schemas/{name}"))
    for message in document()["components"]["messages"].values():
        Draft7Validator.check_schema(message["payload"])


def test_every_frame_has_an_example_that_fits() -> None:
    for name, message in document()["components"]["messages"].items():
        assert message["examples"]
        for example in message["examples"]:
            check_frame("client" if name in CLIENT else "server", example["payload"])


def test_events_are_those_that_are_rendered() -> None:
    assert event_types() == registry.kinds()
    assert set(find("#/components/schemas")) >= event_types()


def test_close_codes_are_those_that_are_used() -> None:
    used = {code for name, code in vars(consumers).items() if name.isupper() and isinstance(code, int) and code > 4000}
    told = document()["info"]["description"]
    assert {code for code in range(4000, 4100) if str(code) in told} >= used
    assert set(find("#/components/messages/bye/payload/properties/code/enum")) == used - {4001} | {4009, 4013}


# -- what clients may say ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", sorted(CLIENT))
def test_the_server_takes_what_fits_and_nothing_more(op: str) -> None:
    for example in find(f"#/components/messages/{op}")["examples"]:
        frame = example["payload"]
        assert getattr(parse_frame(orjson.dumps(frame)), "fault", None) is None
        for wrong in ({**frame, "more": 1}, *({k: v for k, v in frame.items() if k != gone} for gone in frame)):
            if wrong == {"op": op} and op == "hello":  # cursors may be left out
                continue
            if "reply_to" in frame and "reply_to" not in wrong:
                continue
            with pytest.raises(AssertionError):
                check_frame("client", wrong)
            assert _refused(wrong), wrong


def _refused(frame: dict[str, Any]) -> bool:
    try:
        return getattr(parse_frame(orjson.dumps(frame)), "fault", None) is not None
    except FrameRefused:
        return True


# -- the checker itself -----------------------------------------------------------------------------------------------


def test_the_checker_sees_faults() -> None:
    example = find("#/components/messages/events")["examples"][0]["payload"]
    check_frame("server", orjson.dumps(example))
    check_frame("server", orjson.dumps(example).decode())
    for path, value in (
        (("events", 0, "body"), 7),
        (("events", 0, "more"), 1),
        (("events", 0, "sent_at"), "2026-11-23T12:00:00+01:00"),
        (("events", 0, "sender", "account"), str(uuid4())),
        (("events", 0, "type"), "message.read"),
        (("events", 0, "id"), "1"),
        (("to",), -1),
        (("stream",), "x"),
        (("op",), "send"),
        (("op",), "shout"),
    ):
        wrong = copy.deepcopy(example)
        part: Any = wrong
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = value
        with pytest.raises(AssertionError):
            check_frame("server", wrong)
    with pytest.raises(AssertionError):
        check_event({"type": "settings.changed"})
    with pytest.raises(AssertionError):
        check_frame("client", example)
    with pytest.raises(AssertionError):
        check_frame("server", b"[]")


# -- what really goes over the wire -----------------------------------------------------------------------------------


class Wire:
    """The far end of one socket: every frame, either way, is checked."""

    def __init__(self, ticket: str) -> None:
        self.scope = {"type": "websocket", "subprotocols": ["naast.v1", f"ticket.{ticket}"], "headers": []}
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.kept: list[dict[str, Any]] = []
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.to_server.put_nowait({"type": "websocket.connect"})
        self.running = asyncio.create_task(socket(self.scope, self.to_server.get, self._take))

    async def _take(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.heard.put_nowait(check_frame("server", message["text"]))
        elif message["type"] == "websocket.close":
            self.closed.set_result(message["code"])

    def say(self, op: str, **given: Any) -> None:
        told = orjson.dumps({"op": op, **given}).decode()
        check_frame("client", told)
        self.to_server.put_nowait({"type": "websocket.receive", "text": told})

    async def until(self, op: str) -> dict[str, Any]:
        """The next frame of that name, whatever comes before it."""
        async with asyncio.timeout(10):
            while not (found := [frame for frame in self.kept if frame["op"] == op]):
                self.kept.append(await self.heard.get())
        self.kept.remove(found[0])
        return found[0]

    async def end(self) -> None:
        self.to_server.put_nowait({"type": "websocket.disconnect"})
        await self.running


@pytest.mark.django_db(transaction=True)
async def test_a_whole_talk_fits() -> None:
    room, ticket = await sync_to_async(_prepare)()
    process = Process()
    await process.start()
    wire = Wire(ticket)
    seen = []
    try:
        wire.say("hello", cursors={"inbox": 0, str(room.id): 0})
        seen += [await wire.until("welcome"), await wire.until("events")]
        wire.say("ping")
        seen.append(await wire.until("pong"))
        mine = {"conversation": str(room.id), "cid": str(uuid4())}
        wire.say("send", **mine, body="Hoi", reply_to=1)
        seen += [await wire.until("ack"), await wire.until("events")]
        wire.say("send", **mine, body="Something else")
        wire.say("send", conversation=str(uuid4()), cid=str(uuid4()), body="Hoi")
        wire.say("send", conversation=str(room.id), cid=str(uuid4()), body=" \u200b")
        refusals = [await wire.until("nack") for _ in range(3)]
        assert {refusal["problem"]["code"] for refusal in refusals} == {"client_id_used", "not_found", "invalid"}
        assert all(refusal["problem"]["code"] in TITLES for refusal in refusals)
        wire.say("read", conversation=str(room.id), seq=2)
        seen.append(await wire.until("read.moved"))
        wire.say("resume", cursors={str(room.id): 1})
        seen.append(await wire.until("events"))
        wire.say("resume", cursors={str(room.id): 99})
        seen.append(await wire.until("resync"))
        (serving,) = process.sockets
        serving.tell_heads()
        seen.append(await wire.until("heads"))
        serving.close(4012, True)
        seen.append(await wire.until("bye"))
        assert await wire.closed == 4012
        assert {frame["op"] for frame in [*seen, *refusals]} == SERVER
    finally:
        await wire.end()
        await process.stop()
        datakeys.forget()
        await sync_to_async(connections.close_all)()


def _prepare() -> tuple[Room, str]:
    ana, ben = new_person(), new_person()
    room = new_room(ben, ana)
    room.say(ben)
    edit_message(by=ben.account, conversation=room.id, seq=1, body="Hallo", now=NOON)
    try:
        return room, issue_ticket(token=ana.token, now=utc_now())
    finally:
        connections.close_all()
