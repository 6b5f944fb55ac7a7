"""What the socket's tests say and hear: raw frames, each checked against the AsyncAPI document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from infra.client import Rest
from infra.client.socket import Closed, Link
from tests.contracts.asyncapi import check_frame
from tests.journeys.server import Server

PATIENCE = 20.0  # seconds that anything may take on a busy machine


@dataclass(frozen=True, slots=True)
class Who:
    """An account by what opens it."""

    token: str
    code: str


@dataclass(frozen=True, slots=True)
class House:
    """A server, a group in it, and people."""

    server: Server
    group: str
    ben: Who
    ana: Who
    dora: Who
    cleo: Who

    @asynccontextmanager
    async def rest(self, who: Who | None = None) -> AsyncIterator[Rest]:
        """Somebody's REST."""
        async with Rest(self.server.url, token=who.token if who else "") as rest:
            yield rest

    @asynccontextmanager
    async def wire(self, who: Who, *, origin: str | None = None) -> AsyncIterator[Wire]:
        """Somebody's socket, open and silent."""
        async with self.rest(who) as rest:
            ticket = await rest.ticket()
        async with self.opened(ticket, origin=origin) as wire:
            yield wire

    @asynccontextmanager
    async def opened(self, ticket: str, *, origin: str | None = None) -> AsyncIterator[Wire]:
        """A socket with this ticket, whatever it is."""
        link = await Link.open(self.server.url, ticket, origin=origin)
        try:
            yield Wire(link)
        finally:
            await link.end()

    @asynccontextmanager
    async def joined(self, who: Who, cursors: Mapping[str, int] | None = None) -> AsyncIterator[Wire]:
        """Somebody's socket that has been welcomed."""
        async with self.wire(who) as wire:
            wire.welcome = await wire.join(cursors)
            yield wire

    async def new_person(self) -> Who:
        """Somebody who signs up now."""
        async with self.rest() as rest:
            told = await rest.sign_up()
        return Who(told["token"], told["access_code"])

    async def new_session(self, who: Who) -> tuple[Who, str]:
        """Another device of theirs, and its session's id."""
        async with self.rest() as rest:
            told = await rest.sign_in(who.code)
        return Who(told["token"], who.code), str(told["session"])


class Wire:
    """A raw socket. What it hears and was not asked for yet is kept in order; `events` frames are taken apart.

    `at`: stream → where the socket is. A frame that leaves a hole fails the test.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.welcome: dict[str, Any] = {}
        self.kept: list[dict[str, Any]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.at: dict[str, int] = {}

    async def say(self, op: str, **told: Any) -> None:
        """Send a frame of the protocol."""
        frame = {"op": op, **told}
        check_frame("client", frame)
        await self.link.tell(frame)

    async def _hear_one(self) -> dict[str, Any]:
        frame = await self.link.hear()
        check_frame("server", frame)
        if frame["op"] == "events":
            stream, after, to = frame["stream"], frame["after"], frame["to"]
            seqs = [event["seq"] for event in frame["events"]]
            assert after <= self.at.setdefault(stream, after), "a hole"
            assert after < to
            assert seqs == sorted(set(seqs))
            assert all(after < seq <= to for seq in seqs)
            self.events += [(stream, event) for event in frame["events"]]
            self.at[stream] = max(to, self.at[stream])
        return frame

    async def hear(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next frame for which something is true; others are kept. Raises Closed."""
        for frame in self.kept:
            if true(frame):
                self.kept.remove(frame)
                return frame
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self._hear_one()
                if true(frame):
                    return frame
                self.kept.append(frame)

    async def hear_op(self, op: str) -> dict[str, Any]:
        """The next frame of one kind."""
        return await self.hear(lambda frame: frame["op"] == op)

    async def answer(self, cid: str) -> dict[str, Any]:
        """The ack or the nack of a message."""
        return await self.hear(lambda frame: frame.get("cid") == cid)

    async def event(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The next event of this kind with these values."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for stream, event in self.events:
                    if event["type"] == kind and wanted.items() <= event.items():
                        self.events.remove((stream, event))
                        return event
                self.kept.append(await self._hear_one())

    async def reach(self, stream: str, seq: int) -> None:
        """Until the socket has come to this seq."""
        async with asyncio.timeout(PATIENCE):
            while self.at.get(stream, -1) < seq:
                self.kept.append(await self._hear_one())

    async def join(self, cursors: Mapping[str, int] | None = None) -> dict[str, Any]:
        """Say hello; → the welcome."""
        await self.say("hello", **({"cursors": dict(cursors)} if cursors is not None else {}))
        self.at.update(cursors or {})
        welcome = await self.hear_op("welcome")
        for stream, head in welcome["heads"].items():
            self.at.setdefault(stream, head)
        return welcome

    async def send(self, conversation: str, body: str, *, cid: str | None = None, **more: Any) -> str:
        """Send a message; → its cid."""
        cid = cid or str(uuid4())
        await self.say("send", cid=cid, conversation=conversation, body=body, **more)
        return cid

    async def acked(self, conversation: str, body: str, *, cid: str | None = None, **more: Any) -> dict[str, Any]:
        """Send a message that is accepted; → its ack."""
        frame = await self.answer(await self.send(conversation, body, cid=cid, **more))
        assert frame["op"] == "ack", frame
        return frame

    async def nacked(self, conversation: str, body: str, *, cid: str | None = None, **more: Any) -> dict[str, Any]:
        """Send a message that is refused; → the problem."""
        frame = await self.answer(await self.send(conversation, body, cid=cid, **more))
        assert frame["op"] == "nack", frame
        return dict(frame["problem"])

    async def still_there(self) -> None:
        """Everything that was sent before this has been dealt with."""
        await self.say("ping")
        await self.hear_op("pong")

    def heard(self, op: str) -> list[dict[str, Any]]:
        """What has been heard and kept of one kind."""
        return [frame for frame in self.kept if frame["op"] == op]

    def said(self, stream: str) -> list[tuple[int, str]]:
        """The messages heard in one stream: seq and words."""
        created = [event for name, event in self.events if name == stream and event["type"] == "message.created"]
        return [(event["seq"], event["body"]) for event in created]

    async def end(self) -> tuple[int, dict[str, Any] | None]:
        """Until it is closed: the code, and the `bye` before it."""
        bye = None
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    frame = await self._hear_one()
                except Closed as closed:
                    return closed.code, bye
                if frame["op"] == "bye":
                    bye = frame
                else:
                    self.kept.append(frame)
