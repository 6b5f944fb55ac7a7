"""socket.io with its Redis adapter and history in PostgreSQL: what a Node team would build."""

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from infra.bench import names
from infra.bench.database import Database
from infra.bench.load import CID, body_of, mask_frame, open_websocket
from infra.bench.load.frames import read_until
from infra.bench.packages import install_npm
from infra.bench.refs.subject import HERE, Subject, need_program
from infra.bench.rows import CLEAR, DATABASE

PACKAGES = ("socket.io", "@socket.io/redis-adapter", "ioredis", "pg")


class SocketIo(Subject):
    """Members of ours's conversations, on ours's tables; group g is conversation `first + g`."""

    name = "socket.io"
    about = "Redis adapter, the same rows in PostgreSQL"
    sql = "SELECT count(*) FROM messaging_message"

    def __init__(self, database: Database, redis_url: str, conversation: int) -> None:
        super().__init__()
        self.database = database
        self.redis = urlsplit(redis_url)
        self.conversation = conversation

    def install(self) -> None:
        need_program("node")
        install_npm(*PACKAGES)

    def start(self, *, cores: set[int] | None = None) -> None:
        """Start on empty tables."""
        self.database.run(DATABASE, CLEAR)
        super().start(cores=cores)

    def command(self) -> Sequence[str | Path]:
        database = [self.database.folder, str(self.database.tcp_port), self.database.user, DATABASE]
        redis = self.redis.path if self.redis.scheme == "unix" else self.redis.geturl()
        return ["node", HERE / "socketio.js", str(self.port), redis, *database, HERE / "send.sql"]

    def environment(self) -> Mapping[str, str]:
        return {"NODE_PATH": str(install_npm(*PACKAGES)), "NODE_ENV": "production"}

    def login(self, member: int, group: int) -> socket.socket:
        """Connect with the account's token, join the room."""
        sock = open_websocket(self.port, "/socket.io/?EIO=4&transport=websocket")
        read_until(sock, b'"sid"')
        sock.sendall(mask_frame(b"40" + json.dumps({"token": names.token_of(member)}).encode()))
        read_until(sock, b"40{")
        room = str(names.conversation_id(self.conversation + group))
        sock.sendall(mask_frame(b"420" + json.dumps(["join", room]).encode()))
        read_until(sock, b"joined")
        return sock

    def message(self, member: int, group: int, size: int) -> bytes:
        """An event that asks for an acknowledgement."""
        told = {
            "conversation": str(names.conversation_id(self.conversation + group)),
            "cid": CID.decode(),
            "body": body_of(size).decode(),
        }
        return mask_frame(b"421" + json.dumps(["send", told], separators=(",", ":")).encode())
