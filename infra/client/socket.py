"""The socket's own part: one connection that speaks `naast.v1`, and how long to wait for the next."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin, Subprotocol

PROTOCOL = "naast.v1"
LARGEST = 4 * 1024 * 1024  # bytes of one frame


class Closed(Exception):
    """The connection is gone; `code` is 1006 when nobody said why."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Backoff:
    """Seconds to wait before each further try: from `first` doubling to `last`, with full jitter."""

    def __init__(
        self,
        first: float = 1.0,
        last: float = 60.0,
        *,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.first, self.last, self.uniform = first, last, uniform
        self.tries = 0

    def next(self) -> float:
        """The wait before the next try."""
        ceiling = min(self.last, self.first * 2 ** min(self.tries, 16))
        self.tries += 1
        return self.uniform(0, ceiling)

    def reset(self) -> None:
        """It worked."""
        self.tries = 0


class Link:
    """One open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, url: str, ticket: str, *, origin: str | None = None) -> Link:
        """Connect to the server at `url` (http…) with a ticket. Raises Closed."""
        offered = [Subprotocol(PROTOCOL), Subprotocol(f"ticket.{ticket}")]
        try:
            connection = await connect(
                "ws" + url.removeprefix("http") + "/ws",
                subprotocols=offered,
                origin=None if origin is None else Origin(origin),
                compression=None,
                proxy=None,
                ping_interval=None,  # the protocol has its own
                max_size=LARGEST,
                open_timeout=10,
                close_timeout=2,
            )
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as fault:
            raise Closed(1006) from fault
        return cls(connection)

    @property
    def subprotocol(self) -> str | None:
        """What the server chose."""
        return self.connection.subprotocol

    async def tell(self, frame: Mapping[str, Any]) -> None:
        """Send one frame; a connection that is gone is noticed by `hear`."""
        await self.tell_raw(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    async def tell_raw(self, frame: str | bytes) -> None:
        """Send anything: text as a text frame, bytes as a binary one."""
        try:
            await self.connection.send(frame)
        except ConnectionClosed:
            return

    async def hear(self) -> dict[str, Any]:
        """The next frame. Raises Closed."""
        try:
            frame: dict[str, Any] = json.loads(await self.connection.recv())
        except ConnectionClosed as end:
            raise Closed(end.rcvd.code if end.rcvd else 1006) from None
        return frame

    def cut(self) -> None:
        """Lose the connection, as in a tunnel: nobody says goodbye."""
        self.connection.transport.abort()

    async def end(self) -> None:
        """Lose the connection unless it is closed already, and let go of it."""
        self.cut()
        await self.connection.wait_closed()
