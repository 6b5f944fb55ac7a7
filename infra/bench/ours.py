"""Ours under load: the project's own server, by its own contract, on rows planted in bulk."""

import hashlib
import itertools
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence

import psycopg

from infra.bench import names
from infra.bench.database import Database
from infra.bench.load import CID, On, body_of, mask_frame, open_socket, open_websocket
from infra.bench.load.frames import read_frame
from infra.bench.machine import ROOT, VAR
from infra.bench.refs.plain_drf import http_post
from infra.bench.refs.subject import Subject
from infra.bench.rows import CLEAR, DATABASE, HOLES, KEYSTORE

TICKET = """INSERT INTO accounts_ticket (hash, session_id, expires_at)
SELECT h, s, now() + interval '1 hour' FROM unnest(%s::bytea[], %s::uuid[]) AS t(h, s)"""


def environment(database: Database, redis_url: str) -> dict[str, str]:
    """What the project's programs need to know."""
    return {
        "DJANGO_SETTINGS_MODULE": "infra.bench.settings",
        "DATABASE_URL": database.url(DATABASE),
        "KEYSTORE_URL": database.url(KEYSTORE),
        "REDIS_URL": redis_url,
        "NAAST_SECRETS": str(VAR / "secrets.json"),
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }


def plant(database: Database, accounts: int, conversations: Iterable[tuple[int, int, int]]) -> None:
    """Fresh databases with our schema, and rows: conversations are (number, first member, members)."""
    for name in (DATABASE, KEYSTORE):
        database.create(name)
    (VAR / "secrets.json").unlink(missing_ok=True)
    _run_module(database, "infra.migrate")
    _run_module(database, "infra.bench.plant", {"accounts": accounts, "conversations": list(conversations)})
    database.run(DATABASE, "VACUUM ANALYZE")


def fill(database: Database, talks: Iterable[tuple[int, int, int]]) -> None:
    """Messages in bulk: (conversation, account, how many)."""
    _run_module(database, "infra.bench.fill", list(talks))


def _run_module(database: Database, module: str, told: object = None) -> None:
    """Run a program of the project to its end, with JSON on its input."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(told),
        text=True,
        cwd=ROOT,
        env={**environment(database, ""), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module}: {done.stderr[-1500:]}")


class Ours(Subject):
    """The server by socket. Group g is conversation `conversation + g`; its member m is account `g * apart + m`."""

    name = "ours"
    about = "the whole path: sealed, durable, resumable"
    sql = "SELECT count(*) FROM messaging_message"
    _turns = itertools.count()

    def __init__(
        self, database: Database, redis_url: str, conversation: int, *, apart: int = 0, processes: int = 1
    ) -> None:
        super().__init__()
        self.database, self.redis_url = database, redis_url
        self.conversation, self.apart, self.processes = conversation, apart, processes
        self.turn = 0
        self.fresh = True

    def environment(self) -> Mapping[str, str]:
        return environment(self.database, self.redis_url)

    def command(self) -> Sequence[str]:
        options = ["--port", str(self.port), "--processes", str(self.processes)]
        return [sys.executable, "-m", "backend.serve", *options]

    def start(self, *, cores: set[int] | None = None) -> None:
        """Start on empty streams, unless told to keep them."""
        if self.fresh:
            self.clear()
        super().start(cores=cores)

    def clear(self) -> None:
        """Forget all messages."""
        self.database.run(DATABASE, CLEAR)

    def give_tickets(self, accounts: Iterable[int]) -> None:
        """A ticket for the next socket of each account, in one statement."""
        self.turn = next(self._turns)
        numbers = list(accounts)
        hashes = [hashlib.sha256(names.ticket_of(n, self.turn).encode()).digest() for n in numbers]
        with psycopg.connect(self.database.url(DATABASE)) as connection:
            connection.execute(TICKET, [hashes, [names.session_id(n) for n in numbers]])

    def expect(self, members: int, groups: int) -> None:
        self.give_tickets(range(members + (groups - 1) * self.apart))

    def open(self, account: int, port: int | None = None) -> socket.socket:
        """A socket of an account that has said hello and been welcomed."""
        ticket = names.ticket_of(account, self.turn)
        sock = open_websocket(port or self.port, "/ws", f"naast.v1, ticket.{ticket}")
        sock.sendall(mask_frame(b'{"op":"hello"}'))
        told = json.loads(read_frame(sock))
        if told.get("op") != "welcome":
            raise ConnectionError(f"not welcome: {told}")
        return sock

    def login(self, member: int, group: int) -> socket.socket:
        return self.open(group * self.apart + member)

    def message(self, member: int, group: int, size: int) -> bytes:
        return self.send_frame(self.conversation + group, size)

    @staticmethod
    def send_frame(conversation: int, size: int) -> bytes:
        """A `send` frame."""
        told = {
            "op": "send",
            "cid": CID.decode(),
            "conversation": str(names.conversation_id(conversation)),
            "body": body_of(size).decode(),
        }
        return mask_frame(json.dumps(told, separators=(",", ":")).encode())

    def holes(self) -> int:
        """Streams whose head and events do not agree."""
        return self.database.count(DATABASE, HOLES)


class OursApart(Ours):
    """Ours with the first member of each group, who sends, on a second server. `pids` is the first one alone:
    what it costs to bring a message to sockets, without what it costs to accept it."""

    name = "ours (fan-out apart)"
    about = "the sender is at another server"

    def start(self, *, cores: set[int] | None = None) -> None:
        super().start(cores=cores)
        self.sender = Ours(self.database, self.redis_url, self.conversation)
        self.sender.fresh = False
        self.sender.start()

    def stop(self) -> None:
        super().stop()
        if hasattr(self, "sender"):
            self.sender.stop()

    def login(self, member: int, group: int) -> socket.socket:
        return self.open(group * self.apart + member, None if member else self.sender.port)


class OursByRest(Ours):
    """The same server by `POST /conversations/{id}/messages`."""

    name = "ours by REST"
    complete_on = On.HTTP

    def expect(self, members: int, groups: int) -> None:
        """REST needs no tickets."""

    def login(self, member: int, group: int) -> socket.socket:
        return open_socket(self.port)

    def request(self, account: int, conversation: int, size: int) -> bytes:
        """A POST of one message."""
        path = f"/api/v1/conversations/{names.conversation_id(conversation)}/messages"
        told = {"client_id": CID.decode(), "body": body_of(size).decode()}
        return http_post(path, names.token_of(account), told, self.port)

    def message(self, member: int, group: int, size: int) -> bytes:
        return self.request(member, self.conversation + group, size)
