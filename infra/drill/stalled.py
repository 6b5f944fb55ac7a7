"""Readers that do not read: sockets whose client takes nothing from the network any more.

The kernel's buffers are kept as small as a phone's: what the server cannot hand over waits in the server.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from infra.bench import names
from infra.bench.load.frames import mask_frame, read_exactly, read_frame

RECEIVE_BYTES = 4096
SEGMENT_BYTES = 1400


class Stalled:
    """One signed-in socket that was welcomed and reads nothing until it is told to. `code`: how it was closed."""

    def __init__(self, account: int, server: str) -> None:
        self.account = account
        self.server = server
        host, _, port = server.removeprefix("http://").partition(":")
        token = names.token_of(account)
        answer = httpx.post(
            f"{server}/api/v1/realtime/tickets",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=10,
        )
        answer.raise_for_status()
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        self.sock.settimeout(10)
        self.sock.connect((host, int(port)))
        self.other_end = _hex_of(self.sock.getpeername()), _hex_of(self.sock.getsockname())
        self.sock.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: naast.v1, ticket.{answer.json()['ticket']}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):  # nothing comes behind it before `hello`
            head += read_exactly(self.sock, 1)
        if b" 101 " not in head[:20]:
            raise ConnectionError(f"no websocket: {head[:200]!r}")
        self.sock.sendall(mask_frame(b'{"op":"hello"}'))
        told = json.loads(read_frame(self.sock))
        if told["op"] != "welcome":
            raise ConnectionError(f"not welcome: {told}")

    def read_on(self, timeout_s: float = 2.0) -> int | None:
        """Read what is there, to the end or for so long; → close code, 1006 without one, None if it is open."""
        self.sock.settimeout(timeout_s)
        until = time.monotonic() + timeout_s
        try:
            while time.monotonic() < until:
                read_frame(self.sock)
        except TimeoutError:
            return None
        except ConnectionError as end:
            word = str(end).rsplit(" ", 1)[-1]
            return int(word) if str(end).startswith("closed with") else 1006
        except OSError:
            return 1006
        return None

    def close(self) -> None:
        """Let go."""
        with suppress(OSError):
            self.sock.close()


def cut_off(readers: Sequence[Stalled]) -> list[Stalled]:
    """Those whose connection no server process holds any more; nothing is read.

    The kernel keeps such a connection for a while, to hand over what it has: without an owner (inode 0).
    """
    held = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[9] != "0":
            held.add((fields[1], fields[2]))
    return [reader for reader in readers if reader.other_end not in held]


def _hex_of(address: tuple[str, int]) -> str:
    """As the kernel lists it."""
    (host,) = struct.unpack("=I", socket.inet_aton(address[0]))
    return f"{host:08X}:{address[1]:04X}"
