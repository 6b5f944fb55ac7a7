"""The wall clock of servers and worker steps by an hour, to and fro, under load."""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import UTC, datetime

from infra.bench import names
from infra.client import Refused, Rest
from infra.drill.clock import READ_AGAIN_S, Clock, provide_library
from infra.drill.drill import ALONE, Drill
from infra.drill.report import Row

HOUR_S = 3_600
STEPPED = ("-m", "infra.drill.stepped")
TICKET = "SELECT expires_at FROM accounts_ticket WHERE hash = %s"
TICKET_S = 30


async def step_clock(drill: Drill) -> None:
    """The wall clock of server and worker jumps an hour ahead, an hour back, and to where it was."""
    name = "clock steps of ±1 h"
    library, why = provide_library()
    if library is None:
        row = Row(f"{name}: not run", more={"because": why})
        row.need("optional here", not os.environ.get("CI"))
        drill.add(row)
        return
    clock = Clock(library, drill.house.folder / "clock")
    await _restart_all(drill, clock)
    async with drill.fault(name) as row:
        seen = []
        for hours in (1, -1, 0):
            clock.step(hours * HOUR_S)
            await drill.lull(2 * READ_AGAIN_S)
            seen.append(await _clock_of(drill))
            drill.crowd.do("cut")  # tickets and sessions under this clock
            await drill.lull(drill.scale.stepped_s)
        row.more["the servers saw"] = ", ".join(f"{offset:+.0f} s" for offset in seen)
        row.need("the servers saw the steps", [round(offset / HOUR_S) for offset in seen] == [1, -1, 0])
        await drill.recover(row)
    await _restart_all(drill, None)


async def _restart_all(drill: Drill, clock: Clock | None) -> None:
    """Servers and worker anew, by this clock or by the machine's."""
    for part in drill.house.parts:
        part.extra = clock.environment if clock else {}
        part.under = STEPPED if clock else ()
    for server in drill.house.servers:
        await server.restart()
    await drill.house.worker.stop()
    drill.house.worker.start()
    await drill.spread()


async def _clock_of(drill: Drill) -> float:
    """How far the servers' clock is from ours, by the end of a ticket's life that is written down."""
    async with Rest(drill.house.servers[0].url, token=names.token_of(ALONE)) as rest:
        try:
            ticket = await rest.ticket()
        except Refused as refused:  # a clock set back makes limits look used up, for a moment
            await asyncio.sleep(refused.retry_after or 1)
            ticket = await rest.ticket()
    asked = datetime.now(UTC)
    with drill.house.connect() as connection:
        row = connection.execute(TICKET, [hashlib.sha256(ticket.encode()).digest()]).fetchone()
    return (row[0] - asked).total_seconds() - TICKET_S if row is not None else float("nan")
