"""The house that the drill shakes: PostgreSQL, Valkey, two server processes and a worker, all on loopback.

Every process is started here and ended by its id; nothing else is touched.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import psycopg

from infra.bench.machine import ROOT, free_port, tree_of
from infra.embedded.postgres import Cluster
from infra.embedded.valkey import Valkey

SERVE = ("-m", "backend.serve")
WORK = ("manage.py", "work")
GRACE_S = 20.0
DATABASE, KEYSTORE = "drill", "drill_keystore"
SECOND_SESSION = """INSERT INTO accounts_session (id, account_id, token_hash, shared_device, created_at, seen_on)
VALUES (%s, %s, %s, false, now(), current_date)"""


class Part:
    """One process of the project that can die and come back.

    From the next start on, `extra` is added to its environment and `under` is the program that runs it.
    """

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.command = list(command)
        self.env = dict(env)
        self.log = log
        self.extra: dict[str, str] = {}
        self.under: tuple[str, ...] = ()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id; RuntimeError when it does not run."""
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"{self.name} does not run; see {self.log}")
        return self.process.pid

    def start(self) -> None:
        """Start it; its output goes to its log."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, *self.under, *self.command],
                cwd=ROOT,
                env={**os.environ, **self.env, **self.extra},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL, to it and all that it started."""
        if self.process is not None:
            for pid in tree_of(self.process.pid) if self.process.poll() is None else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    async def stop(self) -> int:
        """SIGTERM, as a deploy sends it; returns its exit status. RuntimeError when it does not end."""
        process = self.process
        assert process is not None
        process.terminate()
        for _ in range(int(GRACE_S / 0.02)):
            if process.poll() is not None:
                self.process = None
                return process.returncode
            await asyncio.sleep(0.02)
        raise RuntimeError(f"{self.name} did not end within {GRACE_S:.0f} s of SIGTERM")


class Server(Part):
    """One server process at an address that stays the same."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        super().__init__(name, [*command, "--port", str(self.port)], env, log)
        self.url = f"http://127.0.0.1:{self.port}"

    async def up(self) -> float:
        """Return the seconds it takes until it answers. RuntimeError when it ends instead."""
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            while time.monotonic() < began + 60:
                _ = self.pid
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}/healthz")).is_success:
                        return time.monotonic() - began
                await asyncio.sleep(0.05)
        raise RuntimeError(f"{self.name} did not answer in 60 s; see {self.log}")

    async def restart(self) -> float:
        """SIGTERM, then a new one; returns the seconds until the old one had ended."""
        began = time.monotonic()
        await self.stop()
        took = time.monotonic() - began
        self.start()
        await self.up()
        return took

    async def figures(self) -> dict[str, float]:
        """What it tells operators, by name; without labels."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            told = (await http.get(f"{self.url}/metrics")).raise_for_status().text
        lines = (line.split() for line in told.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in lines}


class House:
    """All parts below `folder`. `serve` is what runs instead of the server, for mutants."""

    def __init__(self, folder: Path, *, serve: Sequence[str] = SERVE) -> None:
        self.folder = folder
        log = folder / "log"
        log.mkdir(parents=True, exist_ok=True)
        self.cluster = Cluster(folder / "postgres")
        self.valkey = Valkey()
        env = {
            "DJANGO_SETTINGS_MODULE": "backend.settings.prod",
            "DATABASE_URL": self.cluster.url(DATABASE),
            "KEYSTORE_URL": self.cluster.url(KEYSTORE),
            "REDIS_URL": self.valkey.url,
            "NAAST_SECRETS": str(folder / "secrets.json"),
            "NAAST_SOCKET_SENDS_PER_S": "1000",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        self.env = env
        self.servers = [Server(f"server {n}", serve, env, log / f"server{n}.log") for n in (1, 2)]
        self.worker = Part("worker", WORK, env, log / "worker.log")

    @property
    def parts(self) -> list[Part]:
        """The processes of the project itself."""
        return [*self.servers, self.worker]

    def run(self, module: str, told: object = None) -> None:
        """Run a program of the project to its end, with JSON on its input."""
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(told),
            text=True,
            cwd=ROOT,
            env={**os.environ, **self.env},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module}: {done.stderr[-1500:]}")

    def prepare(self, accounts: int, talks: Iterable[tuple[int, int, int]]) -> None:
        """Fresh databases with planted people: talks are (number, first member, members)."""
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            for name in (DATABASE, KEYSTORE):
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        (self.folder / "secrets.json").unlink(missing_ok=True)
        self.run("infra.migrate")
        self.run("infra.bench.plant", {"accounts": accounts, "conversations": list(talks)})

    def connect(self) -> psycopg.Connection:
        """The database, as the drill reads it; commits each statement."""
        return psycopg.connect(self.cluster.url(DATABASE), autocommit=True)

    async def start(self) -> None:
        """Start servers and worker, and wait until they answer."""
        for part in self.parts:
            part.start()
        await asyncio.gather(*(server.up() for server in self.servers))

    def freeze(self) -> list[int]:
        """SIGSTOP to PostgreSQL and all its processes; returns them."""
        assert self.cluster.pid is not None
        pids = tree_of(self.cluster.pid)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        return pids

    def thaw(self, pids: Iterable[int]) -> None:
        """SIGCONT to them."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def open_house(
    folder: Path, *, accounts: int, talks: Iterable[tuple[int, int, int]], serve: Sequence[str] = SERVE
) -> AsyncIterator[House]:
    """A running house with planted people, until the end of the block."""
    house = House(folder, serve=serve)
    with ExitStack() as stack:
        stack.callback(house.valkey.close)
        stack.callback(house.cluster.stop)
        await asyncio.to_thread(house.cluster.start)
        await asyncio.to_thread(house.valkey.start)
        await asyncio.to_thread(house.prepare, accounts, talks)
        for part in house.parts:
            stack.callback(part.kill)
        await house.start()
        yield house
