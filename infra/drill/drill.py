"""One drill: a running house, a crowd that talks, and the rows of figures that the faults leave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from infra.drill.crowd import Crowd, NotWhole
from infra.drill.house import House
from infra.drill.report import Row


@dataclass(frozen=True)
class Scale:
    """How much of everything. Times in seconds, `pace` in messages a second of each client."""

    speakers: int = 24
    crews: int = 3
    pace: float = 2.0
    size: int = 200
    before_s: float = 3.0  # load before a fault
    away_s: float = 2.0  # how long what was killed stays away
    after_s: float = 3.0  # load after it
    redis_away_s: float = 30.0
    frozen_s: float = 5.0
    stepped_s: float = 6.0
    stalled: int = 20  # readers that stall at once
    pairs: int = 3  # rounds with and without them
    pair_s: float = 8.0
    loud: int = 3_600  # characters of a message while they stall
    loud_pace: float = 4.0
    revoked: int = 10  # sessions
    patience_s: float = 40.0  # how long everyone may take to be up to date


SHORT = Scale(
    speakers=12,
    crews=2,
    before_s=1.0,
    away_s=0.7,
    after_s=1.0,
    redis_away_s=4.0,
    frozen_s=2.0,
    stepped_s=3.0,
    stalled=12,
    pairs=1,
    pair_s=4.0,
    loud_pace=6.0,
    revoked=4,
)
MUTANT = replace(SHORT, pace=6.0, patience_s=5.0)

MAIN, SIDES = 0, (1, 2, 3)  # conversations: everybody, and a third each
STALLED_FIRST, REVOKED_FIRST, ALONE = 100, 200, 299  # accounts
ACCOUNTS = 300


def members_of(scale: Scale) -> dict[int, list[int]]:
    """The speakers' accounts and their conversations."""
    third = scale.speakers // len(SIDES)
    return {account: [MAIN, SIDES[account // third]] for account in range(third * len(SIDES))}


def talks_of(scale: Scale) -> list[tuple[int, int, int]]:
    """What is planted: (conversation, first member, members). Who will stall belongs to the main one, too."""
    third = scale.speakers // len(SIDES)
    sides = [(side, n * third, third) for n, side in enumerate(SIDES)]
    return [(MAIN, 0, STALLED_FIRST + scale.stalled), *sides]


@dataclass
class Drill:
    """What the faults work with."""

    house: House
    crowd: Crowd
    scale: Scale
    quiet: bool = False
    rows: list[Row] = field(default_factory=list)

    @asynccontextmanager
    async def fault(self, name: str) -> AsyncIterator[Row]:
        """Figures of the block, from its first moment to its last."""
        row = Row(name)
        began = time.monotonic()
        yield row
        self.crowd.ledger.read_more()
        row.window = self.crowd.ledger.window(began, time.monotonic())
        self.add(row)
        await self.spread()

    def add(self, row: Row) -> None:
        """Print a row's line, and keep it for the table."""
        self.rows.append(row)
        if not self.quiet:
            print(row.line(), flush=True)

    async def spread(self) -> None:
        """Bring everybody back to their first server, so that both have somebody."""
        self.crowd.do("go_home")
        await asyncio.sleep(1)

    async def recover(self, row: Row) -> None:
        """What was broken is there again: measure until everyone was shown all that was acked, then go on a while."""
        try:
            row.whole_s = await self.crowd.whole(timeout_s=self.scale.patience_s)
        except NotWhole as fault:
            row.missed.append(f"{row.name}: {fault}")
        await self.lull(self.scale.after_s)

    async def lull(self, seconds: float) -> None:
        """Let the load go on."""
        await asyncio.sleep(seconds)
