"""ejabberd: a chat server in Erlang; rooms by MUC, history by MAM in PostgreSQL."""

import os
import select
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.bench.database import Database
from infra.bench.load import body_of, open_socket
from infra.bench.load.frames import read_until
from infra.bench.machine import VAR
from infra.bench.packages import unpack_debian
from infra.bench.refs.subject import HERE, Subject, Unavailable

STREAM = (
    b"<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
LIBRARIES = "usr/lib/x86_64-linux-gnu"
QUIET_S, LIMIT_S = 0.5, 60


class Ejabberd(Subject):
    """Anonymous members in one room; each message is archived before it is sent on."""

    name = "ejabberd"
    about = "MUC and MAM on PostgreSQL"
    sql = "SELECT count(*) FROM archive"
    logins_at_once = 1

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.sockets: list[socket.socket] = []
        self.home = VAR / "ejabberd"

    def install(self) -> None:
        self.root = unpack_debian("ejabberd", "erlang-p1-pgsql")
        if not next(self.root.glob("usr/lib/erlang/erts-*/bin/erlexec"), None):
            raise Unavailable("the system's own Erlang is not looked for")

    def start(self, *, cores: set[int] | None = None) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / "mnesia").mkdir(parents=True)
        template = (HERE / "ejabberd.yml").read_text()
        settings = template.format(
            port=self.port, sql_port=self.database.tcp_port, user=self.database.user, database="ejabberd"
        )
        (self.home / "ejabberd.yml").write_text(settings)
        self.database.create("ejabberd", self.root / "usr/share/ejabberd/sql/pg.sql")
        self.sockets = []
        super().start(cores=cores)

    def command(self) -> Sequence[str | Path]:
        erlexec = next(self.root.glob("usr/lib/erlang/erts-*/bin/erlexec"))
        config = {"config": self.home / "ejabberd.yml", "log_path": self.home / "ejabberd.log"}
        words = [word for name, path in config.items() for word in (name, f'"{path}"')]
        mnesia = ["-mnesia", "dir", f'"{self.home / "mnesia"}"']
        return [erlexec, "-noinput", "+K", "true", *mnesia, "-ejabberd", *words, "-s", "ejabberd"]

    def environment(self) -> Mapping[str, str]:
        erlang = self.root / "usr/lib/erlang"
        return {
            "ROOTDIR": str(erlang),
            "BINDIR": str(next(erlang.glob("erts-*/bin"))),
            "EMU": "beam",
            "PROGNAME": "erl",
            "HOME": str(self.home),
            "ERL_LIBS": str(self.root / LIBRARIES),
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, [self.root / LIBRARIES, self.root / "lib"])),
        }

    def login(self, member: int, group: int) -> socket.socket:
        """Sign in without a name, then enter the room; done when the room has told of ourselves."""
        sock = open_socket(self.port)
        sock.sendall(STREAM)
        read_until(sock, b"</stream:features>")
        sock.sendall(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
        read_until(sock, b"<success")
        sock.sendall(STREAM)
        read_until(sock, b"</stream:features>")
        sock.sendall(b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        read_until(sock, b"</iq>")
        sock.sendall(
            b"<presence to='room%d@conference.localhost/member%d'>"
            b"<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>" % (group, member)
        )
        read_until(sock, b"code='110'", b'code="110"')
        self.sockets.append(sock)
        return sock

    def message(self, member: int, group: int, size: int) -> bytes:
        """A groupchat stanza."""
        room = b"room%d@conference.localhost" % group
        return b"<message to='%s' type='groupchat'><body>%s</body></message>" % (room, body_of(size))

    def settle(self) -> None:
        """Read away the presences that each arrival brings to everybody."""
        poll = select.epoll()
        by_fd = {sock.fileno(): sock for sock in self.sockets}
        for fd in by_fd:
            poll.register(fd, select.EPOLLIN)
        last = began = time.monotonic()
        while time.monotonic() - last < QUIET_S and time.monotonic() - began < LIMIT_S:
            for fd, _ in poll.poll(0.1):
                if not by_fd[fd].recv(1 << 20):
                    raise ConnectionError("closed while members arrived")
                last = time.monotonic()
        poll.close()
