"""The real server as a process of its own, for journeys and for tests of the socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
FAST = {"NAAST_SOCKET_SENDS_PER_S": "1000", "LOG_LEVEL": "WARNING"}


def pick_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m backend.serve` at an address that stays the same over restarts."""

    def __init__(self, env: Mapping[str, str], *, port: int | None = None, processes: int = 1) -> None:
        self.env = {**os.environ, **FAST, **env}
        self.port = port or pick_port()
        self.processes = processes
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers. TimeoutError, or RuntimeError when it ends instead."""
        process = self._process = self._launch()
        async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False, timeout=2) as http:
            while process.poll() is None:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}/healthz")).is_success:
                        return
                await asyncio.sleep(0.05)
        raise RuntimeError(f"The server ended with {process.returncode}.")

    def _launch(self) -> subprocess.Popen[bytes]:
        options = ["--port", str(self.port), "--processes", str(self.processes)]
        # A group of its own: its children die with it when it is killed.
        return subprocess.Popen(
            [sys.executable, "-m", "backend.serve", *options], cwd=ROOT, env=self.env, start_new_session=True
        )

    def kill(self) -> None:
        """Die as in a power cut: SIGKILL to it and its children."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def ask_to_stop(self) -> None:
        """SIGTERM, as a deploy sends it."""
        assert self._process is not None
        self._process.terminate()

    async def stop(self) -> int | None:
        """Ask it to end and wait for it; returns its exit status, None if it did not run."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        if process.poll() is None:
            process.terminate()
        try:
            return await asyncio.to_thread(process.wait, 20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


@asynccontextmanager
async def serve(env: Mapping[str, str], *, processes: int = 1) -> AsyncIterator[Server]:
    """A server until the end of the block."""
    server = Server(env, processes=processes)
    try:
        await server.start()
        yield server
    finally:
        server.kill()


async def manage(env: Mapping[str, str], *arguments: str) -> str:
    """Run `manage.py` with these arguments, as the operator does; returns what it printed."""
    return await run(env, "manage.py", *arguments)


async def run(env: Mapping[str, str], *arguments: str) -> str:
    """Run Python with these arguments, beside the server; returns what it printed. RuntimeError when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, fault = await process.communicate()
    if process.returncode:
        raise RuntimeError(fault.decode())
    return told.decode()
