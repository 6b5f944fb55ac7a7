"""NATS core: the floor of a message broker in Go, without history and without identity."""

import socket
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from infra.bench.load import body_of, open_socket
from infra.bench.load.frames import read_until
from infra.bench.packages import unpack_debian
from infra.bench.refs.subject import Subject


class Nats(Subject):
    """Each member subscribes to the subject of its group."""

    name = "NATS"
    about = "no history"

    def install(self) -> None:
        self.program = which("nats-server") or unpack_debian("nats-server") / "usr/sbin/nats-server"

    def command(self) -> Sequence[str | Path]:
        return [self.program, "-a", "127.0.0.1", "-p", str(self.port)]

    def login(self, member: int, group: int) -> socket.socket:
        """CONNECT and SUB; the PONG says that both were taken in."""
        sock = open_socket(self.port)
        read_until(sock, b"INFO")
        sock.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB group%d 1\r\nPING\r\n' % group)
        read_until(sock, b"PONG")
        return sock

    def message(self, member: int, group: int, size: int) -> bytes:
        """One PUB."""
        return b"PUB group%d %d\r\n%s\r\n" % (group, size, body_of(size))
