"""The plain DRF view under gunicorn with threads, its usual home."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

from infra.bench.database import Database
from infra.bench.load import CID, On, body_of, open_socket
from infra.bench.machine import ROOT
from infra.bench.refs.subject import Subject

SITE = "infra.bench.refs.plain.site"


def http_post(path: str, token: str, told: Mapping[str, str], port: int) -> bytes:
    """A request on a connection that stays open."""
    body = json.dumps(told, separators=(",", ":")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class PlainDrf(Subject):
    """One process with 8 threads; a connection each that stays open, to the database too."""

    name = "plain DRF view"
    about = "ORM, gunicorn with 8 threads"
    complete_on = On.HTTP
    sql = "SELECT count(*) FROM plain_message"

    def __init__(self, database: Database, accounts: int, conversations: int) -> None:
        super().__init__()
        self.database = database
        self.accounts, self.conversations = accounts, conversations

    def environment(self) -> Mapping[str, str]:
        return {
            "PLAIN_HOST": self.database.folder,
            "PLAIN_PORT": str(self.database.tcp_port),
            "PLAIN_USER": self.database.user,
        }

    def start(self, *, cores: set[int] | None = None) -> None:
        self.database.create("plain")
        subprocess.run(
            [sys.executable, "-m", SITE, str(self.accounts), str(self.conversations)],
            env={**os.environ, **self.environment()},
            cwd=ROOT,
            check=True,
        )
        super().start(cores=cores)

    def command(self) -> Sequence[str]:
        threads = ["--workers", "1", "--worker-class", "gthread", "--threads", "8", "--keep-alive", "60"]
        return [sys.executable, "-m", "gunicorn", f"{SITE}:application", *threads, "--bind", f"127.0.0.1:{self.port}"]

    def login(self, member: int, group: int) -> socket.socket:
        """A connection; the token goes with each request."""
        return open_socket(self.port)

    def message(self, member: int, group: int, size: int) -> bytes:
        """A POST to conversation `group`."""
        told = {"client_id": CID.decode(), "body": body_of(size).decode()}
        return http_post(f"/conversations/{group}/messages", f"plain{member}", told, self.port)
