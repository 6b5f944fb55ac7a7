"""Stalled readers under load: what is held for them, when they are let go, and what the others feel of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median

from infra.bench.machine import memory_kib_of
from infra.drill.drill import STALLED_FIRST, Drill
from infra.drill.report import ms
from infra.drill.stalled import Stalled, cut_off

HELD_KIB = 256
LET_GO_S = 12.0  # twice 5 s for one that took a little in the first, and 1 s to say goodbye
STALL_S = 40.0  # the longest that one round may take
GLANCE_S = 0.2
WAKE_S = (3.8, 5.4)  # after all are full; 5 s without progress is when they are given up, 1 s is the time to say so


async def stall_readers(drill: Drill) -> None:
    """Some read nothing any more: the server holds little for them, lets them go, and the others do not feel it."""
    scale = drill.scale
    drill.crowd.order(size=scale.loud, pace=scale.loud_pace)
    async with drill.fault(f"{scale.stalled} stalled readers") as row:
        p99s: dict[bool, list[float]] = {True: [], False: []}
        most: dict[bool, list[float]] = {True: [], False: []}
        rounds = []
        for pair in range(scale.pairs):
            for stalled in (False, True) if pair % 2 == 0 else (True, False):
                each = await _stall_once(drill, scale.stalled if stalled else 0)
                drill.crowd.ledger.read_more()
                p99s[stalled].append(drill.crowd.ledger.window(each.began, time.monotonic()).delay(0.99))
                most[stalled].append(each.most_kib)
                rounds += [each] if stalled else []
        row.more["others' p99 without them"] = f"{ms(median(p99s[False]))} (median of {scale.pairs} paired rounds)"
        row.more["with them"] = ms(median(p99s[True]))
        row.limit("held for the fullest", max(each.held_kib for each in rounds), HELD_KIB, "KiB")
        grown = (max(most[True]) - max(most[False])) / scale.stalled
        row.more["memory of the servers for each"] = f"{grown:,.0f} KiB"
        row.limit("let go after", max(each.held_s for each in rounds), LET_GO_S, "s of fullness")
        woken = [code for each in rounds for code in each.woken]
        row.more["of those who woke just then"] = f"{woken.count(4013)} saw 4013, {woken.count(None)} were in time"
        row.need("every stalled reader let go", all(each.all_gone for each in rounds))
        row.need("4013 for those who woke while it was said", 4013 in woken and set(woken) <= {4013, 1006, None})
    drill.crowd.order(size=scale.size, pace=scale.pace)


@dataclass
class Stall:
    """One round."""

    began: float = 0  # when all readers were there
    most_kib: float = 0  # memory of the servers
    held_kib: float = 0  # for the fullest socket
    held_s: float = 0  # from when all were full until all that read nothing had been let go
    all_gone: bool = False
    woken: list[int | None] = field(default_factory=list)  # how those ended who read again about when they were let go


async def _stall_once(drill: Drill, count: int) -> Stall:
    """Half of the readers never read again; the others wake up around the moment at which they are given up."""
    servers = drill.house.servers
    readers = [
        await asyncio.to_thread(Stalled, STALLED_FIRST + n, servers[n // 2 % len(servers)].url) for n in range(count)
    ]
    asleep, light = readers[::2], readers[1::2]
    stall, full_at = Stall(began=time.monotonic()), 0.0
    waking: list[asyncio.Task[int | None]] = []
    until = stall.began + (STALL_S if readers else drill.scale.pair_s)
    while time.monotonic() < until and not stall.all_gone:
        told = [await server.figures() for server in servers]
        held = max(figures["naast_unsent_bytes_most"] for figures in told) / 1024
        stall.held_kib = max(stall.held_kib, held)
        stall.most_kib = max(stall.most_kib, memory_kib_of(server.pid for server in servers))
        if readers and not full_at and sum(figures["naast_sockets_full"] for figures in told) >= count:
            full_at = time.monotonic()
            waking = [asyncio.create_task(_wake(reader, n / len(light))) for n, reader in enumerate(light)]
        if full_at and len(cut_off(asleep)) == len(asleep):
            stall.held_s, stall.all_gone = time.monotonic() - full_at, True
        await asyncio.sleep(GLANCE_S)
    stall.woken = await asyncio.gather(*waking)
    for reader in readers:
        reader.close()
    return stall


async def _wake(reader: Stalled, turn: float) -> int | None:
    """Read again some time between `WAKE_S`."""
    first, last = WAKE_S
    await asyncio.sleep(first + turn * (last - first))
    return await asyncio.to_thread(reader.read_on)
