"""The clients as the drill holds them: processes of several speakers each, and the ledger that they fill."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.bench import names
from infra.bench.machine import ROOT
from infra.drill.ledger import Ledger

GLANCE_S = 0.1  # between two looks at the journals


class NotWhole(Exception):
    """The clients were not brought up to date in time; the text says who is behind."""


class Crew:
    """One process of clients; their journals outlive it."""

    def __init__(self, told: Mapping[str, Any], log: Path) -> None:
        self.told = told
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, orders: Mapping[str, float]) -> None:
        """Start it, or take it up again from its journals."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.drill.clients"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.tell(self.told)
        self.tell(orders)

    def tell(self, orders: Mapping[str, Any]) -> None:
        """One line of orders."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(orders).encode() + b"\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdin:
                self.process.stdin.close()
            self.process = None

    def is_running(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.poll() is None


class Crowd:
    """All clients. `members` says which accounts belong to which conversations."""

    def __init__(self, folder: Path, urls: Sequence[str], members: Mapping[int, Sequence[int]], crews: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.members = members
        self.orders: dict[str, float] = {"pace": 0.0, "size": 200}
        self.ledger = Ledger(folder, (name_of(account) for account in members))
        self.crews = []
        for turn in range(crews):
            accounts = list(members)[turn::crews]
            speakers = [
                (name_of(a), names.token_of(a), [str(names.conversation_id(c)) for c in members[a]]) for a in accounts
            ]
            told = {"folder": str(folder), "urls": list(urls), "speakers": speakers}
            self.crews.append(Crew(told, folder / f"crew{turn}.log"))

    def start(self) -> None:
        """Start all processes, silent."""
        for crew in self.crews:
            crew.start(self.orders)

    def order(self, **orders: float) -> None:
        """`pace`: messages a second of each client; `size`: characters of each."""
        self.orders |= orders
        for crew in self.crews:
            if crew.is_running():
                crew.tell(orders)

    def do(self, deed: str) -> None:
        """`cut`: everybody loses the connection; `go_home`: everybody goes back to their first server."""
        for crew in self.crews:
            if crew.is_running():
                crew.tell({deed: 1})

    def end(self) -> None:
        """End all processes."""
        for crew in self.crews:
            crew.kill()

    async def all_here(self, timeout_s: float = 60) -> None:
        """Return when every client has been welcomed and knows where it is in every stream."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            self.ledger.read_more()
            absent = [
                name_of(account)
                for account, talks in self.members.items()
                if len(self.ledger.accounts[name_of(account)].cursors) < len(talks) + 1
            ]
            if not absent:
                return
            await asyncio.sleep(GLANCE_S)
        raise NotWhole(f"not here after {timeout_s:.0f} s: {', '.join(absent)}")

    async def whole(self, *, quiet: bool = False, timeout_s: float = 40) -> float:
        """Return the seconds until everyone was shown all that had been acked when this was called.

        `quiet`: also until every message has its answer, for a crowd that says nothing new. Raises NotWhole.
        """
        began = time.monotonic()
        self.ledger.read_more()
        heads = self.ledger.heads()
        while time.monotonic() < began + timeout_s:
            behind = self.ledger.behind(heads)
            waiting = self.ledger.unanswered() if quiet else 0
            if not behind and not waiting:
                return time.monotonic() - began
            await asyncio.sleep(GLANCE_S)
            self.ledger.read_more()
            if quiet:
                heads = self.ledger.heads()
        raise NotWhole(f"after {timeout_s:.0f} s {waiting} messages have no answer, behind are: {', '.join(behind)}")


def name_of(account: int) -> str:
    """A client's name in the ledger."""
    return f"c{account}"
