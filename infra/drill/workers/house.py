"""The house of the worker's drill: PostgreSQL, both push services, and workers that can be killed; all on loopback.

Every process is started here and ended by its id; nothing else is touched.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra.bench.machine import ROOT
from infra.drill.services import (
    FcmHandler,
    Service,
    WebPushHandler,
    serve,
    write_service_account,
    write_vapid_key,
)
from infra.embedded.postgres import Cluster

EMPTY = ("workers_empty", "workers_empty_keystore")  # migrated once, copied for each run
NAMES = ("workers", "workers_keystore")
GRACE_S = 20.0
ANSWER_S = 0.03  # how long a push service takes


class Workers:
    """Worker processes by their ids."""

    def __init__(self, env: Mapping[str, str], log: Path, mutant: str) -> None:
        with log.open("ab") as out:
            self._forge = subprocess.Popen(
                [sys.executable, "-m", "infra.drill.workers.process", *([mutant] if mutant else [])],
                cwd=ROOT,
                env={**os.environ, **env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
                start_new_session=True,
            )
        self.log = log
        self.running: list[int] = []

    def start(self) -> None:
        """One more."""
        assert self._forge.stdin is not None
        assert self._forge.stdout is not None
        self._forge.stdin.write("\n")
        self._forge.stdin.flush()
        told = self._forge.stdout.readline()
        if not told:
            raise RuntimeError(f"no worker starts; see {self.log}")
        self.running.append(int(told))

    def kill(self, pids: Sequence[int]) -> None:
        """SIGKILL to these of ours."""
        for pid in pids:
            if pid in self.running:
                self.running.remove(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM to all, as a deploy sends it. RuntimeError when one does not end."""
        with ExitStack() as stack:
            ends = []  # descriptors that can be read once their process has ended
            for pid in self.running:
                with suppress(ProcessLookupError):
                    ends.append(os.pidfd_open(pid))
                    stack.callback(os.close, ends[-1])
                    signal.pidfd_send_signal(ends[-1], signal.SIGTERM)
            until = time.monotonic() + GRACE_S
            for end in ends:
                if not select.select([end], [], [], max(0.0, until - time.monotonic()))[0]:
                    raise RuntimeError(f"a worker did not end within {GRACE_S:.0f} s of SIGTERM")
        self.running.clear()

    def close(self) -> None:
        """End all that is left."""
        self.kill(list(self.running))
        self._forge.kill()
        self._forge.wait()
        for pipe in (self._forge.stdin, self._forge.stdout):
            if pipe is not None:
                pipe.close()


class Ears:
    """What both push services heard, by address. `arm(n, act)`: `act` is called with the n-th push from now on."""

    def __init__(self) -> None:
        self.heard = Counter[str]()
        self._lock = threading.Lock()
        self._left = 0
        self._act: Any = None
        self.fired = threading.Event()

    def arm(self, count: int, act: Any) -> None:
        """Once."""
        with self._lock:
            self.fired.clear()
            self._left, self._act = count, act

    def disarm(self) -> None:
        """Nothing more is called."""
        with self._lock:
            self._act = None

    def hear(self, address: str) -> None:
        """Called by the services for each push, before they answer."""
        with self._lock:
            self.heard[address] += 1
            if self._act is None:
                return
            self._left -= 1
            if self._left > 0:
                return
            act, self._act = self._act, None
            act()
        self.fired.set()


class House:
    """Below `folder`. Databases are empty and migrated until `fresh`."""

    def __init__(self, folder: Path, cluster: Cluster, fcm: Service, web: Service) -> None:
        self.folder, self.cluster, self.web = folder, cluster, web
        self.env = {
            "DJANGO_SETTINGS_MODULE": "infra.drill.workers.settings",
            "NAAST_SECRETS": str(folder / "secrets.json"),
            "NAAST_FCM_CREDENTIALS": write_service_account(folder, fcm),
            "NAAST_VAPID_KEY": write_vapid_key(folder),
            "NAAST_VAPID_SUBJECT": "mailto:push@drill.example",
            "DRILL_FCM_URL": f"{fcm.url}/v1/projects/{{0}}/messages:send",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        self.services = (fcm, web)

    def migrate(self) -> None:
        """Make the databases that the others are copied from."""
        self._drop(EMPTY)
        self._run("infra.migrate", databases=EMPTY)

    def fresh(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Databases of their own for a run, with people; → what was planted."""
        self._drop(NAMES)
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            for name, empty in zip(NAMES, EMPTY, strict=True):
                statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(empty)))
        told = {**told, "endpoint": self.web.url}
        planted: dict[str, Any] = json.loads(self._run("infra.drill.workers.plant", told, databases=NAMES))
        return planted

    def connect(self) -> psycopg.Connection:
        """The database of the run; commits each statement."""
        return psycopg.connect(self.cluster.url(NAMES[0]), autocommit=True)

    @contextmanager
    def workers(self, mutant: str = "") -> Iterator[tuple[Workers, Ears]]:
        """The program that starts workers, and what the push services hear from now on."""
        ears = Ears()
        for service in self.services:
            service.heard, service.slow_s = ears.hear, ANSWER_S
        workers = Workers(self._env(NAMES), self.folder / "workers.log", mutant)
        try:
            yield workers, ears
        finally:
            ears.disarm()
            workers.close()

    def _env(self, databases: Sequence[str]) -> dict[str, str]:
        urls = [self.cluster.url(name) for name in databases]
        return {**self.env, "DATABASE_URL": urls[0], "KEYSTORE_URL": urls[1]}

    def _drop(self, databases: Sequence[str]) -> None:
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            for name in databases:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, module: str, told: object = None, *, databases: Sequence[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(told),
            text=True,
            cwd=ROOT,
            env={**os.environ, **self._env(databases)},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module}: {done.stderr[-1500:]}")
        return done.stdout


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """A running house, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in ("secrets.json", "workers.log"):
        (folder / old).unlink(missing_ok=True)
    cluster = Cluster(folder / "postgres")
    with ExitStack() as stack:
        fcm = stack.enter_context(serve(FcmHandler))
        web = stack.enter_context(serve(WebPushHandler))
        stack.callback(cluster.stop)
        cluster.start()
        house = House(folder, cluster, fcm, web)
        house.migrate()
        yield house
