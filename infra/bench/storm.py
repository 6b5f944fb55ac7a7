"""A reconnect storm: many clients come back at once; each takes a ticket, opens a socket and resumes."""

import asyncio
import json
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import uvloop

from infra.bench.load import mask_frame

PATIENCE_S = 120
BACKOFF_S = (0.5, 1.5)
TICKET = re.compile(rb'"ticket"\s*:\s*"([^"]+)"')


@dataclass
class Storm:
    """What came of it: seconds until each client was current, and how often one had to try again."""

    seconds: list[float] = field(default_factory=list)
    retries: int = 0


@dataclass
class Client:
    """Who comes back: its token, where it was in its streams, and the bytes that say that it is current."""

    token: str
    cursors: Mapping[str, int]
    current: bytes


async def resume(port: int, client: Client) -> asyncio.StreamWriter:
    """From nothing to being current; the open socket. ConnectionError when it is sent away."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"POST /api/v1/realtime/tickets HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {client.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".encode()
        )
        reply = await reader.read()
    finally:
        writer.close()
    found = TICKET.search(reply)
    if found is None:
        raise ConnectionError(reply[:100].decode(errors="replace"))
    ticket = found[1].decode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: naast.v1, ticket.{ticket}\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(mask_frame(json.dumps({"op": "hello", "cursors": dict(client.cursors)}).encode()))
        await reader.readuntil(client.current)
    except asyncio.IncompleteReadError as end:
        writer.close()
        raise ConnectionError(end.partial[:100].decode(errors="replace")) from None
    return writer


def run_storm(port: int, clients: Sequence[Client]) -> Storm:
    """All `clients` at once; TimeoutError when they are not all current after two minutes."""
    storm = Storm()

    async def come_back(client: Client, began: float) -> asyncio.StreamWriter:
        while True:
            try:
                writer = await resume(port, client)
            except OSError:
                storm.retries += 1
                await asyncio.sleep(random.uniform(*BACKOFF_S))
            else:
                storm.seconds.append(time.monotonic() - began)
                return writer

    async def all_of_them() -> None:
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            writers = await asyncio.gather(*(come_back(client, began) for client in clients))
        for writer in writers:
            writer.transport.abort()

    uvloop.run(all_of_them())
    return storm
