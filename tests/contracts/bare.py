"""A WebSocket without manners: says any bytes, hears frames. Blocking; only for tests."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri
from websockets.utils import apply_mask

from tests.contracts.asyncapi import check_frame

MASK = b"bare"
PATIENCE = 20.0  # seconds that anything may take on a busy machine


class BareSocket:
    """One connection. `heard`: the server's frames, each checked against AsyncAPI; `code` once it is closed.

    `code` is 1006 when the connection broke off without a word.
    """

    def __init__(self, url: str, ticket: str) -> None:
        place = urlsplit(url)
        assert place.hostname is not None
        offered = [Subprotocol("naast.v1"), Subprotocol(f"ticket.{ticket}")]
        self.protocol = ClientProtocol(parse_uri(f"ws://{place.netloc}/ws"), subprotocols=offered, max_size=2**24)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=PATIENCE)
        self.heard: list[dict[str, Any]] = []
        self.code: int | None = None
        self.pongs = 0
        self.protocol.send_request(self.protocol.connect())
        self._flush()
        while self.protocol.handshake_exc is None and self.protocol.state.name == "CONNECTING":
            self._take(PATIENCE)
        assert self.protocol.handshake_exc is None, self.protocol.handshake_exc

    def say_bytes(self, raw: bytes) -> None:
        """Exactly these bytes; nothing once it is closed."""
        if self.code is None:
            try:
                self.socket.sendall(raw)
            except OSError:
                self._drain()

    def say(self, frame: dict[str, Any]) -> None:
        """A text frame of JSON."""
        self.say_bytes(masked(orjson.dumps(frame)))

    def hear_until(self, done: Callable[[BareSocket], bool]) -> None:
        """Until it is so, or the connection is closed. TimeoutError when neither comes."""
        until = time.monotonic() + PATIENCE
        while self.code is None and not done(self):
            self._take(until - time.monotonic())

    def has(self, op: str) -> bool:
        """Whether the server has said something of this kind."""
        return any(frame["op"] == op for frame in self.heard)

    def end_saying(self) -> None:
        """Nothing more will come; there is still to be heard."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _drain(self) -> None:
        while self.code is None:
            self._take(PATIENCE)

    def _take(self, within_s: float) -> None:
        self.socket.settimeout(max(0.001, within_s))
        try:
            told = self.socket.recv(65536)
        except ConnectionError:
            told = b""
        if told:
            self.protocol.receive_data(told)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            if isinstance(event, Response):
                assert event.status_code == 101, event.status_code
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self.heard.append(check_frame("server", bytes(event.data)))
            elif isinstance(event, Frame) and event.opcode is Opcode.PONG:
                self.pongs += 1
        if self.protocol.close_rcvd is not None:
            self.code = self.protocol.close_rcvd.code
        elif not told:
            self.code = 1006
        if self.code is None:
            self._flush()

    def _flush(self) -> None:
        for part in self.protocol.data_to_send():
            if part:
                self.socket.sendall(part)


def masked(data: bytes, *, opcode: Opcode = Opcode.TEXT, fin: bool = True, rsv1: bool = False) -> bytes:
    """A frame as a client sends it, or should not."""
    size = len(data)
    head = bytes([fin << 7 | rsv1 << 6 | opcode])
    if size < 126:
        head += struct.pack("!B", 0x80 | size)
    elif size < 65536:
        head += struct.pack("!BH", 0x80 | 126, size)
    else:
        head += struct.pack("!BQ", 0x80 | 127, size)
    return head + MASK + apply_mask(data, MASK)


def in_pieces(data: bytes, cuts: Iterable[int], *, between: bytes = b"") -> Iterator[bytes]:
    """A text message in fragments, cut at these places, with other frames in between."""
    edges = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    last = len(edges) - 2
    for index, (start, stop) in enumerate(pairwise(edges)):
        yield masked(data[start:stop], opcode=Opcode.CONT if index else Opcode.TEXT, fin=index == last)
        yield b"" if index == last else between
