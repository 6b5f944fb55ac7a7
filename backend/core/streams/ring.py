"""The ring: tells other processes that a range was committed. A doorbell, never the truth: the database is.

On Redis, each process keeps one connection that is subscribed to the streams of its own sockets, and one that
publishes. A message is sealed once with a key derived from the keyring: no talk in clear leaves the process but to
its members.
"""

from __future__ import annotations

import asyncio
import logging
import os
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast
from uuid import UUID

import hiredis
import redis
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis.asyncio.connection import parse_url

from backend.core.sealing import seal
from backend.core.sealing.keyring import keyring
from backend.core.streams.item import Batch, Item

log = logging.getLogger(__name__)

ORIGIN = os.urandom(8)  # of this process: it does not listen to itself
LARGEST = 256 * 1024  # bytes of content in one message; more goes as a bare doorbell
HERE = b"ring:here"  # every server process is subscribed to it, and says so once when it comes
COUNT_S = 1.0  # how often the subscribers are counted: who is alone need not publish
CONFIRM_S = 2.0
RETRY_S = 0.5
_HEAD = struct.Struct(">dqqH")  # when it was told (seconds, wall clock), after, to, number of items
_ITEM = struct.Struct(">qBI")


def channel_of(stream: UUID) -> bytes:
    """The Redis channel of a stream."""
    return b"ring:" + stream.hex.encode()


def pack(batch: Batch) -> bytes:
    """Origin ‖ keyring version ‖ sealed header and items.

    What has effects or a choice of viewers goes as a doorbell.
    """
    items = batch.items or ()
    if (
        any(item.effects or item.only is not None or item.about is not None for item in items)
        or sum(len(i.data) for i in items) > LARGEST
    ):
        items = ()
    parts = [_HEAD.pack(time.time(), batch.after, batch.to, len(items))]
    for item in items:
        parts += (_ITEM.pack(item.seq, len(item.by), len(item.data)), *(by.bytes for by in item.by), item.data)
    version = keyring().version
    sealed = seal.seal(key=_key(version), text=b"".join(parts), aad=channel_of(batch.stream))
    return ORIGIN + bytes((version,)) + sealed


def unpack(stream: UUID, told: bytes) -> tuple[float, Batch]:
    """When it was told, and the batch in a message of another process; `Unreadable` if it was not made by ours."""
    version = told[8] if len(told) > 8 else 0
    if version not in keyring().kek:
        raise seal.Unreadable
    text = seal.unseal(key=_key(version), sealed=told[9:], aad=channel_of(stream))
    told_at, after, to, count = _HEAD.unpack_from(text)
    at, items = _HEAD.size, []
    for _ in range(count):
        seq, by_count, size = _ITEM.unpack_from(text, at)
        at += _ITEM.size
        by = tuple(UUID(bytes=text[at + 16 * n : at + 16 * n + 16]) for n in range(by_count))
        at += 16 * by_count
        items.append(Item(seq=seq, data=text[at : at + size], by=by))
        at += size
    return told_at, Batch(stream=stream, after=after, to=to, items=tuple(items) or None)


_keys: dict[int, AESGCM] = {}


def _key(version: int) -> AESGCM:
    if version not in _keys:
        _keys[version] = AESGCM(keyring().derived("ring", version))
    return _keys[version]


class Bell:
    """For processes without sockets (the worker, commands): publishes and forgets."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url, socket_timeout=CONFIRM_S, socket_connect_timeout=CONFIRM_S)

    def ring(self, batches: Sequence[Batch]) -> None:
        """Tell the server processes; if Redis is away they find out from the heads."""
        for batch in batches:
            try:
                self.redis.publish(channel_of(batch.stream), pack(batch))
            except redis.RedisError as fault:
                log.warning("ring: not told (%s)", type(fault).__name__)


class NoRing:
    """Without Redis: this process hears itself, and polls the heads for what others did."""

    healthy = False

    async def follow(self, streams: Sequence[UUID]) -> None:
        """Nothing to subscribe to."""

    def unfollow(self, stream: UUID) -> None:
        """Nothing to leave."""

    def ring(self, batches: Sequence[Batch]) -> None:
        """Nobody else to tell."""

    async def run(self) -> None:
        """Nothing to keep up."""


class RedisRing:
    """One subscribed and one publishing connection, kept up for ever.

    `hear` gets each batch of other processes, `on_lag` how many seconds it took to come.
    """

    def __init__(
        self,
        *,
        url: str,
        hear: Callable[[Batch], None],
        on_healthy: Callable[[], None],
        on_lag: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.url = url
        self.hear = hear
        self.on_healthy = on_healthy
        self.on_lag = on_lag
        self.followed: set[UUID] = set()
        self.confirming: dict[bytes, asyncio.Future[None]] = {}
        self.link: _Link | None = None
        self.out: _Link | None = None
        self.healthy = False  # connected, and subscribed to all that is followed
        self.alone = False
        self.arrivals = self.arrivals_counted = 0

    async def follow(self, streams: Sequence[UUID]) -> None:
        """Subscribe, and come back once Redis has confirmed it; without Redis the polling will do."""
        self.followed.update(streams)
        if self.link is None:
            return
        try:
            await asyncio.wait_for(self._subscribe([channel_of(stream) for stream in streams]), CONFIRM_S)
        except (TimeoutError, ConnectionError):
            self._lost()

    def unfollow(self, stream: UUID) -> None:
        """Leave a stream that has no socket here any more."""
        self.followed.discard(stream)
        if self.link is not None:
            self.link.command(b"UNSUBSCRIBE", channel_of(stream))

    def ring(self, batches: Sequence[Batch]) -> None:
        """Tell the other processes, in one write. What is lost here, they read from the heads."""
        if self.out is not None and batches and not self.alone:
            self.out.commands([(b"PUBLISH", channel_of(batch.stream), pack(batch)) for batch in batches])

    async def run(self) -> None:
        """Keep both connections; until cancelled."""
        while True:
            try:
                self.out = await _connect(self.url, self._counted)
                link = await _connect(self.url, self._told)
                self.link = link
                names = [HERE, *(channel_of(stream) for stream in self.followed)]
                await asyncio.wait_for(self._subscribe(names), 10 * CONFIRM_S)
                self.out.command(b"PUBLISH", HERE, ORIGIN)
                self.healthy = True
                self.on_healthy()
                ends = {link.closed, self.out.closed}
                await asyncio.wait(ends, timeout=COUNT_S, return_when=asyncio.FIRST_COMPLETED)
                self.on_healthy()  # for what another committed before it heard that this process is here
                while not any(end.done() for end in ends):
                    self.arrivals_counted = self.arrivals
                    self.out.command(b"PUBSUB", b"NUMSUB", HERE)
                    await asyncio.wait(ends, timeout=COUNT_S, return_when=asyncio.FIRST_COMPLETED)
                log.warning("ring: connection lost")
            except (OSError, TimeoutError, hiredis.HiredisError) as fault:
                log.warning("ring: not reachable (%s)", type(fault).__name__)
            finally:
                self._lost()
            await asyncio.sleep(RETRY_S)

    async def _subscribe(self, names: Sequence[bytes]) -> None:
        link = self.link
        if link is None:
            raise ConnectionError
        waits = [self.confirming.setdefault(name, link.loop.create_future()) for name in names]
        for start in range(0, len(names), 500):
            link.command(b"SUBSCRIBE", *names[start : start + 500])
        await asyncio.gather(*waits)

    def _told(self, message: Any) -> None:
        if not isinstance(message, list) or len(message) != 3:
            return
        kind, name, told = message
        if kind == b"message":
            if name == HERE:
                self.arrivals += told != ORIGIN
                self.alone = self.alone and told == ORIGIN
            elif told[:8] != ORIGIN:
                try:
                    told_at, batch = unpack(UUID(name[5:].decode()), told)
                    self.on_lag(time.time() - told_at)
                    self.hear(batch)
                except (seal.Unreadable, ValueError, struct.error):
                    log.warning("ring: a message that is not ours was dropped")
        elif kind == b"subscribe" and (waiting := self.confirming.pop(name, None)) is not None and not waiting.done():
            waiting.set_result(None)

    def _counted(self, message: Any) -> None:
        """The answer to PUBSUB NUMSUB; who came after the question is not in it."""
        if isinstance(message, list) and message[:1] == [HERE] and self.arrivals == self.arrivals_counted:
            self.alone = message[1] <= 1

    def _lost(self) -> None:
        self.healthy = self.alone = False
        for link in (self.link, self.out):
            if link is not None:
                link.transport.abort()
        self.link = self.out = None
        for waiting in self.confirming.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError())
                waiting.exception()
        self.confirming.clear()


class _Link(asyncio.Protocol):
    """RESP on the loop's own transport: half the cost of a general client in groups of ten."""

    transport: asyncio.Transport

    def __init__(self, told: Callable[[Any], None]) -> None:
        self.reader = hiredis.Reader()
        self.told = told
        self.loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.reader.feed(data)
        while (message := self.reader.gets()) is not False:
            self.told(message)

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def command(self, *words: bytes) -> None:
        self.commands([words])

    def commands(self, commands: Iterable[tuple[bytes, ...]]) -> None:
        if self.transport.is_closing():  # uvloop would raise, and who rings after a commit must not fail for it
            return
        self.transport.write(b"".join([hiredis.pack_command(words) for words in commands]))  # type: ignore[arg-type]


async def _connect(url: str, told: Callable[[Any], None]) -> _Link:
    """A link to the server of a `redis://`, `rediss://` or `unix://` URL, signed in."""
    loop, to = asyncio.get_running_loop(), parse_url(url)
    link: _Link
    if "path" in to:
        _, link = await loop.create_unix_connection(lambda: _Link(told), to["path"])
    else:
        tls = url.startswith("rediss:") or None
        host, port = to.get("host", "localhost"), to.get("port", 6379)
        _, link = await asyncio.wait_for(loop.create_connection(lambda: _Link(told), host, port, ssl=tls), CONFIRM_S)
    if to.get("password"):
        words = [to.get("username"), to["password"]]
        link.command(b"AUTH", *(word.encode() for word in words if word))
    return link
