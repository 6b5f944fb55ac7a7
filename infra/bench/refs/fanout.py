"""The references of the fan-out: websocket servers that keep no history."""

import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.bench.load import body_of, mask_frame, open_websocket
from infra.bench.machine import compile_c
from infra.bench.packages import install_npm
from infra.bench.refs.subject import HERE, Subject, need_program


class Broadcast(Subject):
    """Members of a group get each frame that one of them sends, as it is."""

    def login(self, member: int, group: int) -> socket.socket:
        """Connect; the query names the group."""
        return open_websocket(self.port, f"/ws?g={group}")

    def message(self, member: int, group: int, size: int) -> bytes:
        """Ready-made bytes."""
        return mask_frame(body_of(size))


def uvicorn_command(app: str, port: int) -> list[str]:
    """uvicorn as ours runs: uvloop, the sans-io websockets, no deflate, no pings, no access log."""
    options = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--loop": "uvloop",
        "--ws": "websockets-sansio",
        "--ws-per-message-deflate": "false",
        "--ws-ping-interval": "600",
        "--ws-ping-timeout": "600",
        "--backlog": "4096",
        "--log-level": "warning",
    }
    flat = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "uvicorn", app, *flat, "--no-access-log"]


class RawAsgi(Broadcast):
    """A raw ASGI application under uvicorn: what this server can do at most by `send`."""

    name = "raw ASGI"

    def command(self) -> Sequence[str]:
        return uvicorn_command("infra.bench.refs.raw_asgi_app:app", self.port)


class CEpoll(Broadcast):
    """A plain C loop: what one thread of this machine can do with one write per delivery."""

    name = "C epoll"

    def install(self) -> None:
        need_program("cc")

    def command(self) -> Sequence[str | Path]:
        return [compile_c(HERE / "c_epoll.c"), str(self.port)]


class NodeWs(Broadcast):
    """Node with the `ws` package."""

    name = "Node ws"

    def install(self) -> None:
        need_program("node")
        install_npm("ws")

    def command(self) -> Sequence[str | Path]:
        return ["node", HERE / "node_ws.js", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return {"NODE_PATH": str(install_npm("ws"))}


class StockConsumer(Broadcast):
    """AsyncJsonWebsocketConsumer on channels_redis: by pub/sub, the faster of its two layers."""

    name = "stock consumer"
    in_flight = 4
    layer = "channels_redis.pubsub.RedisPubSubChannelLayer"

    def __init__(self, redis_url: str) -> None:
        super().__init__()
        self.redis_url = redis_url

    def command(self) -> Sequence[str]:
        return uvicorn_command("infra.bench.refs.stock_app:app", self.port)

    def environment(self) -> Mapping[str, str]:
        return {"BENCH_LAYER": self.layer, "REDIS_URL": self.redis_url}

    def message(self, member: int, group: int, size: int) -> bytes:
        """The same bytes in all, as one JSON string."""
        return mask_frame(b'"' + body_of(size - 2) + b'"')
