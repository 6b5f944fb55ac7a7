"""What one server process runs for its sockets: the source, the ring, the hub, the writer and their clock."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from backend.core.db import connect_async
from backend.core.pipeline import Pipeline
from backend.core.sealing import datakeys
from backend.core.streams import hub, store
from backend.core.streams.item import Batch
from backend.core.streams.ring import NoRing, RedisRing
from backend.core.streams.source import DatabaseSource
from backend.core.streams.wire import text_frame
from messaging import figures
from messaging.accepting.batch import PLANS
from messaging.accepting.writer import Writer
from messaging.pace import Pace

if TYPE_CHECKING:
    from messaging.consumers import Socket

HEARTBEAT_S = 25  # how often a client should be heard
LOST_S = 2.5 * HEARTBEAT_S

_current: Process | None = None


async def _connect() -> Pipeline:
    return Pipeline(await connect_async(options=PLANS))


def current() -> Process | None:
    """This process's runtime; None in commands, the worker and most tests."""
    return _current


def utc_now() -> datetime:
    """The wall clock, at the edge."""
    return datetime.now(UTC)


class Process:
    """Started and stopped with the ASGI lifespan."""

    def __init__(self) -> None:
        self.source = DatabaseSource()
        self.ring: NoRing | RedisRing = NoRing()
        self.hub = hub.Hub(source=self.source, ring=self.ring)
        self.writer = Writer(
            connect=_connect, keys_of=self._keys_of, announce=self.announce, now=utc_now, on_batch=figures.count_batch
        )
        self.gauges = figures.Gauges(self.hub)
        self.sockets: set[Socket] = set()
        self.paces: WeakValueDictionary[UUID, Pace] = WeakValueDictionary()
        self.tasks: list[asyncio.Task[None]] = []
        self._poll_now = False

    async def start(self) -> None:
        """Take up work, on the running loop."""
        global _current
        self.loop = asyncio.get_running_loop()
        if settings.REDIS_URL:
            self.ring = RedisRing(
                url=settings.REDIS_URL, hear=self.hub.hear, on_healthy=self._on_healthy, on_lag=figures.count_lag
            )
            self.hub.ring = self.ring
        self.writer.start()
        self._run(self.ring.run())
        self._run(self._keep_time())
        store.set_announcer(self.announce_from_thread)
        _current = self
        gc.collect()
        gc.freeze()  # what is loaded now stays: the collector need not walk it again

    async def stop(self) -> None:
        """Let every socket go, finish what waits to be written, stop."""
        global _current
        _current = None
        store.set_announcer(None)
        for socket in list(self.sockets):
            socket.close(4012, True)
        await self.writer.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.source.threads.shutdown(wait=False)

    def announce(self, batches: Sequence[Batch]) -> None:
        """Tell this process's sockets and the other processes; on the loop."""
        for batch in batches:
            self.hub.hear(batch)
        self.ring.ring(batches)

    def announce_from_thread(self, batches: Sequence[Batch]) -> None:
        """The same, for commits on Django's connections."""
        with contextlib.suppress(RuntimeError):  # the loop is gone: who comes back reads the heads
            self.loop.call_soon_threadsafe(self.announce, batches)

    def tell_devices(self, account: UUID, told: Mapping[str, Any]) -> None:
        """A fleeting frame to the account's sockets in this process; from any thread."""
        self.loop.call_soon_threadsafe(self._tell_devices, account, text_frame(orjson.dumps(told)))

    def pace_of(self, session: UUID) -> Pace:
        """The session's limits, shared by its sockets."""
        pace = self.paces.get(session)
        if pace is None:
            pace = self.paces[session] = Pace(per_s=settings.SOCKET_SENDS_PER_S)
        return pace

    def _tell_devices(self, account: UUID, frame: bytes) -> None:
        for conn in self.hub.accounts.get(account, ()):
            if not conn.paused:
                conn.write(frame)

    async def _keys_of(self, conversations: set[UUID]) -> Mapping[UUID, AESGCM]:
        found = {c: key for c in conversations if (key := datakeys.cached(c)) is not None}
        if len(found) < len(conversations):
            found = await self.source.run(lambda: datakeys.found_keys(conversations))
        return found

    def _on_healthy(self) -> None:
        self._poll_now = True

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def _keep_time(self) -> None:
        """Every second: poll the heads when it is time, tell them to a share of the sockets, let go of silent ones."""
        beat = 0
        while True:
            await asyncio.sleep(hub.POLL_S)
            beat += 1
            if self._poll_now or not self.ring.healthy or beat % int(hub.HEADS_S) == 0:
                self._poll_now = False
                with contextlib.suppress(Exception):  # the database is away; the next beat tries again
                    await self.hub.poll()
            self.gauges.read(self.sockets, ring_healthy=self.ring.healthy)
            now = time.monotonic()
            for socket in list(self.sockets):
                if now - socket.seen_at > LOST_S:
                    socket.close(4009, True)
                elif socket.turn == beat % int(hub.HEADS_S):
                    socket.tell_heads()
