"""Plain text frames are read past the parser: whatever comes, however it is cut, both tell the same."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.protocol import State

from backend.core.streams.protocol import SocketProtocol
from backend.serve import MAX_FRAME

GREETING = (
    b"GET /ws HTTP/1.1\r\nHost: naast\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

TRAP = b"\x81\x80\0\0\0\0"  # an empty text frame: in a payload it must not be taken for one


def frame(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """As a client sends it, with a mask of zeros."""
    size = len(payload)
    if size < 126:
        length = bytes((0x80 | size,))
    else:
        length = b"\xfe" + size.to_bytes(2, "big") if size < 65_536 else b"\xff" + size.to_bytes(8, "big")
    return bytes((0x80 * fin | opcode,)) + length + bytes(4) + payload


SIZES = st.sampled_from([0, 1, 6, 125, 126, 127, 300, 1_500, 65_535, MAX_FRAME, MAX_FRAME + 1])
TEXTS = SIZES.map(lambda size: frame(1, (TRAP * 11_000)[:size]))
PIECES = st.sampled_from([frame(1, TRAP, False), frame(1, b"", False), frame(0, TRAP, False), frame(0, TRAP)])
CONTROLS = st.sampled_from([frame(9, TRAP), frame(10, TRAP), frame(9, b""), frame(8, b"\x03\xe8")])
WRONG = [
    b"\x81\x08not so  ",  # not masked
    b"\xc1" + TRAP[1:],  # a reserved bit
    b"\x83" + TRAP[1:],  # a reserved opcode
    frame(2, b"bytes"),
    frame(9, bytes(126)),
    b"\x81\xff" + b"\xff" * 8,
    b"\x81",
    b"\x81\xfe\x00",
]
PARTS = st.one_of(TEXTS, CONTROLS, PIECES, st.sampled_from(WRONG))
CUTS = st.sampled_from([None, 0, 1, 2, 4, 6, 8, 9, 12])  # of a frame: before which of its bytes; or not at all


class Wire(asyncio.Transport):
    """A transport that notes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.told.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


class ByTheParser(SocketProtocol):
    """Ours, with every byte read by the parser."""

    def data_received(self, data: bytes) -> None:
        WebSocketsSansIOProtocol.data_received(self, data)


async def read(
    kind: type[SocketProtocol], chunks: Sequence[bytes], listening: bool, goodbye: int | None
) -> tuple[Any, ...]:
    """What an application and a client are told; before chunk `goodbye` the application closes."""
    texts: list[bytes] = []
    open_now = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        open_now.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config = Config(
        app, ws_max_size=MAX_FRAME, ws_ping_interval=None, ws_per_message_deflate=False, log_level="critical"
    )
    protocol = kind(config=config, server_state=ServerState(), app_state={})
    wire = Wire()
    protocol.connection_made(wire)
    protocol.data_received(GREETING)
    await open_now.wait()
    wire.told.clear()
    if listening:
        protocol.on_text = texts.append
    for n, chunk in enumerate(chunks):
        if n == goodbye and protocol.conn.state is State.OPEN:
            protocol.conn.send_close(1000)
            protocol.close_sent = True
        if not wire.closed:
            protocol.data_received(chunk)
            protocol.on_text = texts.append
    told = (list(texts), b"".join(wire.told), wire.closed, protocol.conn.state)
    protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)
    return told


@given(
    parts=st.lists(
        st.tuples(st.one_of(TEXTS, CONTROLS, PIECES, st.sampled_from(WRONG)), CUTS, CUTS), min_size=1, max_size=8
    ),
    listening=st.booleans(),
    goodbye=st.one_of(st.none(), st.integers(1, 4)),
)
@settings(max_examples=300)
def test_past_the_parser_or_through_it_is_the_same(
    parts: list[tuple[Any, ...]], listening: bool, goodbye: int | None
) -> None:
    stream, edges = b"", {0}
    for told, *cuts in parts:
        edges |= {len(stream) + cut for cut in cuts if cut is not None and cut < len(told)}
        stream += told
    chunks = [stream[first:last] for first, last in itertools.pairwise(sorted(edges | {len(stream)}))]

    async def both() -> tuple[Any, Any]:
        kinds = (SocketProtocol, ByTheParser)
        ours, parsers = [await read(kind, chunks, listening, goodbye) for kind in kinds]
        return ours, parsers

    (ours, *rest), (parsers, *same) = asyncio.run(both())
    assert rest == same
    # A parser that finds a fault forgets what it had read in the same chunk before it.
    assert ours[: len(parsers)] == parsers if rest[1] else ours == parsers


@pytest.mark.parametrize("wrong", WRONG[:-2])  # the last two are parts of a frame
async def test_what_is_wrong_ends_it_as_the_parser_would(wrong: bytes) -> None:
    chunks = [frame(1, b"before"), wrong, frame(1, b"after"), frame(1, bytes(MAX_FRAME))]
    ours, parsers = [await read(kind, chunks, True, None) for kind in (SocketProtocol, ByTheParser)]
    assert ours == parsers
