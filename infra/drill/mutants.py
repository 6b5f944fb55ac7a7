"""The server with one guard taken out, to show that the drill can fail.

`python -m infra.drill.mutants <which> --port n`. Nothing of this is in the product: the parts are replaced here, in a
process of the drill's own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import backend.serve
from backend.core.pipeline import Pipeline, Query, Rows
from backend.core.streams import hub
from backend.core.streams.places import Channel
from messaging.accepting import writer
from messaging.accepting.batch import Decision, decide

SLOW_S = 2.0  # how long the commit comes after the ack that came too early: any kill falls into one


def take_out_mending() -> None:
    """A range that does not fit the last one is not read from the database."""

    def do_nothing(self: hub.Hub, channel: Channel, delay: float) -> None:
        return

    hub.Hub._mend = do_nothing  # type: ignore[method-assign]


class SlowDisk:
    """A connection whose COMMIT is late."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    async def run(self, queries: Iterable[Query], *, end: bool = False) -> list[Rows]:
        if end:
            await asyncio.sleep(SLOW_S)
        return await self.pipeline.run(queries, end=end)


def ack_before_commit() -> None:
    """Senders are answered once it is decided what becomes of their messages, before that is committed."""
    settle, transact = writer._Lane._settle, writer._transact
    settling: ContextVar[list[writer.Waiting]] = ContextVar("settling")

    async def settle_early(lane: writer._Lane, batch: list[writer.Waiting]) -> None:
        settling.set(batch)
        await settle(lane, batch)

    def decide_and_answer(*told: Any, **more: Any) -> Decision:
        decision = decide(*told, **more)
        writer._answer(settling.get(), decision.outcomes)
        return decision

    async def transact_slowly(pipeline: Pipeline, *told: Any) -> Decision:
        return await transact(SlowDisk(pipeline), *told)  # type: ignore[arg-type]

    writer._Lane._settle = settle_early  # type: ignore[assignment,method-assign]
    writer.decide = decide_and_answer  # type: ignore[attr-defined]
    writer._transact = transact_slowly  # type: ignore[assignment]


MUTANTS = {"no-mending": take_out_mending, "early-ack": ack_before_commit}


if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    backend.serve.main()
