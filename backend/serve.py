"""Serve HTTP and the socket: `python -m backend.serve --port 8000 --processes 2`."""

from __future__ import annotations

import argparse
import os
from tempfile import TemporaryDirectory

import uvicorn

from backend.core.streams.protocol import SocketProtocol

MAX_FRAME = 64 * 1024  # bytes: 4,000 characters, escaped as badly as JSON can, and the rest of the frame


def main() -> None:
    """Run uvicorn with this project's socket protocol; SIGTERM lets every socket go with a resumable goodbye."""
    options = argparse.ArgumentParser(prog="backend.serve", description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    options.add_argument("--processes", type=int, default=int(os.environ.get("PROCESSES", "1")))
    chosen = options.parse_args()
    if chosen.processes == 1:
        return serve(host=chosen.host, port=chosen.port, processes=1)
    with TemporaryDirectory(prefix="naast-figures-") as folder:
        # Several processes write their figures there, and whichever is asked adds them up.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        serve(host=chosen.host, port=chosen.port, processes=chosen.processes)
    return None


def serve(*, host: str, port: int, processes: int) -> None:
    """Until SIGINT or SIGTERM."""
    uvicorn.run(
        "backend.asgi:application",
        host=host,
        port=port,
        workers=processes,
        loop="uvloop",
        http="httptools",
        ws=SocketProtocol,
        ws_max_size=MAX_FRAME,
        ws_ping_interval=None,  # the protocol has its own heartbeat
        ws_per_message_deflate=False,  # costs three times the memory of a socket
        backlog=4096,
        lifespan="on",
        access_log=False,
        log_config=None,  # as everything else: one line of JSON, without an exception's text
        log_level="warning",  # uvicorn's own notes name addresses
        timeout_graceful_shutdown=5,
        server_header=False,
        date_header=False,
    )


if __name__ == "__main__":
    main()
