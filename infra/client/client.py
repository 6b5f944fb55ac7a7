"""A person at one server: keeps connected, loses nothing, shows nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from infra.client.outbox import Ack, Outbox
from infra.client.rest import Refused, Unreachable
from infra.client.session import Session
from infra.client.socket import Backoff, Closed, Link
from infra.client.state import State

REVOKED, LOCKED, TOO_MANY, BAD_PROTOCOL = 4003, 4004, 4008, 4010
SILENCE = 2.5  # heartbeats without a word: the connection is dead


class Ended(Exception):
    """The server does not want this session any more; `code` is the socket's."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Client(Session):
    """One session that keeps a socket open.

    `on_event(stream, event)` is called for each event once it is taken in, `on_status(status)` for each of
    "connecting", "online", "offline" and "ended", `on_frame(direction, frame)` for all that goes "out" and comes "in".
    """

    def __init__(
        self,
        url: str,
        *,
        state: State | None = None,
        backoff: Backoff | None = None,
        on_event: Callable[[str, Mapping[str, Any]], None] = lambda stream, event: None,
        on_status: Callable[[str], None] = lambda status: None,
        on_frame: Callable[[str, Mapping[str, Any]], None] = lambda direction, frame: None,
    ) -> None:
        super().__init__(url, state=state, backoff=backoff, on_event=on_event)
        self.on_status = on_status
        self.on_frame = on_frame
        self.outbox = Outbox(self.state, self._tell)
        self.status = "offline"
        self.ended: int | None = None  # the code with which the server ended this session
        self.opened = 0  # connections so far
        self.byes: list[dict[str, Any]] = []
        self._retry_after: float | None = None
        self._link: Link | None = None
        self._out: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._heard_at = 0.0
        self._running: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    async def close(self) -> None:
        """Disconnect; the state is kept."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await super().close()

    # -- what it does -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connect, and stay connected, in the background."""
        self._running = asyncio.create_task(self._run())

    async def online(self) -> None:
        """Return once connected and everything at hand has been read. Raises Ended."""
        await self.until(lambda: self.status == "online" and not self.reader.unread)

    async def until(self, true: Callable[[], bool]) -> None:
        """Return once something is true; looked at whenever anything happens here. Raises Ended, unless it is true."""
        while not true():
            if self.ended is not None:
                raise Ended(self.ended)
            if self._running is not None and self._running.done():
                self._running.result()
            await self._moved.wait()

    def say(self, conversation: str, body: str, *, reply_to: int | None = None) -> asyncio.Future[Ack]:
        """Say something by the socket, now or when there is one again. The future raises Refused for a final no."""
        return self.outbox.put(conversation=conversation, body=body, reply_to=reply_to)

    def read(self, conversation: str, seq: int) -> None:
        """Note, for oneself, how far one has read."""
        self.state.read[conversation] = max(seq, self.state.read.get(conversation, 0))
        self._tell({"op": "read", "conversation": conversation, "seq": seq})

    def resume(self, *streams: str) -> None:
        """Ask for everything behind the cursors of these streams again."""
        self._tell({"op": "resume", "cursors": {stream: self.state.cursors[stream] for stream in streams}})

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self._link is not None:
            self._link.cut()

    # -- staying connected --------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._set_status("connecting")
            self._retry_after = None
            try:
                await self._connect_once()
            except Closed as end:
                if end.code in (REVOKED, LOCKED, BAD_PROTOCOL):
                    return self._end(end.code)
                if end.code == TOO_MANY:
                    self.backoff.tries = 16
            except Refused as refused:
                if refused.status == 401:
                    return self._end(REVOKED)
                self._retry_after = refused.retry_after
            except Unreachable:
                pass
            self._set_status("offline")
            delay = self.backoff.next()
            await asyncio.sleep(delay if self._retry_after is None else self._retry_after)

    async def _connect_once(self) -> None:
        """One connection from its ticket to its end. Raises Closed, Refused or Unreachable."""
        link = await Link.open(self.rest.url, await self.rest.ticket())
        self._link, self._out = link, asyncio.Queue()
        self._heard_at = asyncio.get_running_loop().time()
        tasks = [asyncio.create_task(self._write(link))]
        try:
            self._tell({"op": "hello", "cursors": dict(self.state.cursors)})
            while True:
                frame = await link.hear()
                self.on_frame("in", frame)
                self._heard_at = asyncio.get_running_loop().time()
                if frame["op"] == "welcome":
                    self._welcome(frame)
                    tasks.append(asyncio.create_task(self._beat(link, frame["heartbeat_s"])))
                    tasks.append(asyncio.create_task(self.reader.read_always()))
                else:
                    self._take(frame)
                self._notify()
        finally:
            self.outbox.stop()
            self._link = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await link.end()

    def _welcome(self, frame: Mapping[str, Any]) -> None:
        self.opened += 1
        self.backoff.reset()
        self.reader.take_heads(frame["heads"], first=True)
        self._set_status("online")
        self.outbox.start()

    def _take(self, frame: Mapping[str, Any]) -> None:
        match frame["op"]:
            case "events":
                self.reader.take_events(frame)
            case "heads":
                self.reader.take_heads(frame["heads"])
            case "resync":
                self.reader.take_resync(frame["stream"])
            case "ack":
                self.outbox.take_ack(frame)
            case "nack":
                self.outbox.take_nack(frame)
            case "read.moved":
                self.state.read[frame["conversation"]] = frame["seq"]
            case "bye":
                self.byes.append(dict(frame))
                self._retry_after = frame.get("retry_after")

    async def _write(self, link: Link) -> None:
        while True:
            await link.tell(await self._out.get())

    async def _beat(self, link: Link, heartbeat_s: float) -> None:
        clock = asyncio.get_running_loop().time
        while clock() - self._heard_at < SILENCE * heartbeat_s:
            self._tell({"op": "ping"})
            await asyncio.sleep(heartbeat_s)
        link.cut()

    def _tell(self, frame: Mapping[str, Any]) -> None:
        if self._link is not None:
            self.on_frame("out", frame)
            self._out.put_nowait(frame)

    def _end(self, code: int) -> None:
        self.ended = code
        if code == REVOKED:
            self.state.wipe()
            self.rest.token = ""
        self._set_status("ended")

    def _set_status(self, status: str) -> None:
        if status != self.status:
            self.status = status
            self.on_status(status)
        self._notify()

    def _notify(self) -> None:
        """Wake whoever waits for something to be true."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
