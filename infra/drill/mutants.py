"""The server with one guard taken out, to show that the drill can fail.

`python -m infra.drill.mutants <which> --port n`. Nothing of this is in the product: the parts are replaced here, in a
process of the drill's own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator, Sequence
from contextvars import ContextVar
from typing import Any

import psycopg

import backend.serve
from backend.core.streams import hub
from messaging.accepting import writer
from messaging.accepting.batch import Outcome

SLOW_S = 0.15  # how long the commit takes after the ack that came too early: a slow disk


def take_out_mending() -> None:
    """A range that does not fit the last one is not read from the database."""

    def do_nothing(self: hub.Hub, channel: hub.Channel, delay: float) -> None:
        return

    hub.Hub._mend = do_nothing  # type: ignore[method-assign]


def ack_before_commit() -> None:
    """Senders are answered once their rows are written, before they are committed."""
    settle, drive = writer._Lane._settle, writer._drive
    settling: ContextVar[list[writer.Waiting]] = ContextVar("settling")

    async def settle_early(lane: writer._Lane, batch: list[writer.Waiting]) -> None:
        settling.set(batch)
        await settle(lane, batch)

    async def drive_and_answer(
        steps: Generator[Any, Any, Any], connection: psycopg.AsyncConnection[Any]
    ) -> tuple[list[Outcome], Sequence[Any]]:
        outcomes, moved = await drive(steps, connection)
        writer._answer(settling.get(), outcomes)
        await asyncio.sleep(SLOW_S)
        return outcomes, moved

    writer._Lane._settle = settle_early  # type: ignore[assignment,method-assign]
    writer._drive = drive_and_answer  # type: ignore[assignment]


MUTANTS = {"no-mending": take_out_mending, "early-ack": ack_before_commit}


if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    backend.serve.main()
