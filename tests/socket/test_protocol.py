"""The socket protocol on a real loop: what happens between a connection's end and the news of it."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

import uvloop

from backend.core.streams.protocol import EventQueue, SocketProtocol

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class Bare(asyncio.Protocol):
    """A connection whose transport is all that is of interest."""

    def __init__(self, made: asyncio.Future[asyncio.Transport], lost: asyncio.Event) -> None:
        self.made = made
        self.lost = lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made.set_result(cast(asyncio.Transport, transport))

    def connection_lost(self, fault: Exception | None) -> None:
        self.lost.set()


def test_a_frame_for_a_connection_that_was_reset_is_dropped() -> None:
    async def run() -> bool:
        loop = asyncio.get_running_loop()
        made: asyncio.Future[asyncio.Transport] = loop.create_future()
        lost = asyncio.Event()
        server = await loop.create_server(lambda: Bare(made, lost), "127.0.0.1", 0)
        try:
            client = socket.create_connection(server.sockets[0].getsockname())
            transport = await asyncio.wait_for(made, 5)
            protocol = SocketProtocol.__new__(SocketProtocol)
            protocol.transport = transport
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            await asyncio.wait_for(lost.wait(), 5)
            protocol.write(b"frame")
            return transport.is_closing()
        finally:
            server.close()

    assert uvloop.run(run())


async def test_events_are_read_in_order_and_none_is_taken_by_a_reader_that_gave_up() -> None:
    queue = EventQueue()
    gone = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.put_nowait(1)
    queue.put_nowait(2)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert not queue.empty()
    assert [await queue.get(), await queue.get()] == [1, 2]
    reading = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.put_nowait(3)
    assert await reading == 3
    assert queue.empty()
