"""What dies, freezes or runs wild, one after the other, under load."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID, uuid4

from infra.bench import names
from infra.bench.machine import memory_kib_of
from infra.client import Client, Ended, Refused, Rest, State
from infra.drill.clock import READ_AGAIN_S, Clock, provide_library
from infra.drill.crowd import name_of
from infra.drill.drill import ALONE, REVOKED_FIRST, STALLED_FIRST, Drill
from infra.drill.house import SECOND_SESSION, Server
from infra.drill.report import Row, ms
from infra.drill.stalled import Stalled, cut_off

Fault = Callable[[Drill], Awaitable[None]]

AWAY_P99_S = 2.0
REVOKE_S = {True: 1.0, False: 5.0}  # with Redis, without
HELD_KIB = 256
LET_GO_S = 12.0  # twice 5 s for one that took a little in the first, and 1 s to say goodbye
STALL_S = 40.0  # the longest that one round of stalled readers may take
WAKE_S = (3.8, 5.4)  # after all are full; 5 s without progress is when they are given up, 1 s is the time to say so
HOUR_S = 3_600
STEPPED = ("-m", "infra.drill.stepped")
TICKET = "SELECT expires_at FROM accounts_ticket WHERE hash = %s"
TICKET_S = 30
LEFT = "SELECT 1 FROM accounts_session WHERE id = %s AND revoked_at IS NULL"
STALE = """INSERT INTO accounts_session (id, account_id, token_hash, shared_device, created_at, seen_on, expires_at)
VALUES (%s, %s, %s, true, %s, %s, %s)"""


async def calm(drill: Drill) -> None:
    """Nothing happens: what the rest is seen beside."""
    async with drill.fault("calm") as row:
        await drill.lull(drill.scale.before_s)
        await drill.recover(row)


async def kill_first_server(drill: Drill) -> None:
    """`kill -9` of one server process."""
    await _kill_server(drill, drill.house.servers[0])


async def kill_second_server(drill: Drill) -> None:
    """`kill -9` of the other one."""
    await _kill_server(drill, drill.house.servers[1])


async def _kill_server(drill: Drill, server: Server) -> None:
    async with drill.fault(f"{server.name} killed") as row:
        await drill.lull(drill.scale.before_s)
        server.kill()
        await drill.lull(drill.scale.away_s)
        server.start()
        await server.up()
        await drill.recover(row)


async def kill_worker(drill: Drill) -> None:
    """`kill -9` of the worker; what falls due while it is away is done once it is back."""
    with drill.house.connect() as connection:
        async with drill.fault("worker killed") as row:
            await drill.lull(drill.scale.before_s)
            drill.house.worker.kill()
            over, now = uuid4(), datetime.now(UTC)
            stale = [over, names.account_id(REVOKED_FIRST), secrets.token_bytes(32)]
            connection.execute(STALE, [*stale, now - timedelta(days=2), now.date(), now - timedelta(days=1)])
            await drill.lull(drill.scale.away_s)
            drill.house.worker.start()
            began = time.monotonic()
            while connection.execute(LEFT, [over]).fetchone() is not None:
                if time.monotonic() > began + 20:
                    break
                await asyncio.sleep(0.1)
            row.limit("what had fallen due was done within", time.monotonic() - began, 20, "s")
            await drill.recover(row)


async def kill_valkey(drill: Drill) -> None:
    """`kill -9` of Valkey."""
    async with drill.fault("Valkey killed") as row:
        await drill.lull(drill.scale.before_s)
        drill.house.valkey.kill()
        await drill.lull(drill.scale.away_s)
        drill.house.valkey.start()
        await drill.recover(row)


async def kill_postgres(drill: Drill) -> None:
    """`kill -9` of PostgreSQL, all of its processes at once."""
    async with drill.fault("PostgreSQL killed") as row:
        await drill.lull(drill.scale.before_s)
        drill.house.cluster.kill()
        await drill.lull(drill.scale.away_s)
        await asyncio.to_thread(drill.house.cluster.start)
        await drill.recover(row)


async def kill_clients(drill: Drill) -> None:
    """`kill -9` of a process of clients, which takes up its journals again."""
    crew = drill.crowd.crews[0]
    async with drill.fault("client process killed") as row:
        await drill.lull(drill.scale.before_s)
        crew.kill()
        await drill.lull(drill.scale.away_s)
        crew.start(drill.crowd.orders)
        await drill.recover(row)


async def take_redis_away(drill: Drill) -> None:
    """Valkey is away for long: what one process commits the other finds by polling."""
    scale = drill.scale
    async with drill.fault(f"Redis away for {scale.redis_away_s:g} s") as row:
        await drill.lull(scale.before_s)
        drill.house.valkey.kill()
        began = time.monotonic()
        taken = await revoke(drill, scale.revoked)
        _limit_revoked(row, taken, redis=False)
        await drill.lull(scale.redis_away_s - (time.monotonic() - began))
        drill.crowd.ledger.read_more()
        away = drill.crowd.ledger.window(began, time.monotonic())
        row.limit("p99 meanwhile", away.delay(0.99), AWAY_P99_S, "s")
        drill.house.valkey.start()
        await drill.recover(row)


async def freeze_postgres(drill: Drill) -> None:
    """PostgreSQL stands still, and goes on."""
    async with drill.fault(f"PostgreSQL frozen for {drill.scale.frozen_s:g} s") as row:
        await drill.lull(drill.scale.before_s)
        frozen = drill.house.freeze()
        try:
            await drill.lull(drill.scale.frozen_s)
        finally:
            drill.house.thaw(frozen)
        await drill.recover(row)


async def roll_servers(drill: Drill) -> None:
    """A deploy: SIGTERM to one server process, a new one, then the other."""
    accounts = drill.crowd.ledger.accounts.values()
    began = time.monotonic()
    async with drill.fault("rolling restart") as row:
        await drill.lull(drill.scale.before_s)
        took = [await _restart(server) for server in drill.house.servers]
        await drill.recover(row)
        drill.crowd.ledger.read_more()
        byes = [resumable for account in accounts for at, _, resumable in account.byes if at >= began]
        row.more["stopped within"] = " and ".join(f"{seconds:.1f} s" for seconds in took)
        row.more["goodbyes"] = f"{len(byes)}, {sum(byes)} of them resumable"
        row.need("every goodbye resumable", bool(byes) and all(byes))


async def _restart(server: Server) -> float:
    began = time.monotonic()
    await server.stop()
    took = time.monotonic() - began
    server.start()
    await server.up()
    return took


async def leave_talk(drill: Drill) -> None:
    """A member leaves a conversation in full swing: up to there it is theirs, and not one event more."""
    account = max(drill.crowd.members)
    number = drill.crowd.members[account][-1]
    conversation = str(names.conversation_id(number))
    async with drill.fault("a member leaves") as row:
        await drill.lull(drill.scale.before_s)
        async with Rest(drill.house.servers[0].url, token=names.token_of(account)) as rest:
            await rest.leave(conversation)
        drill.crowd.ledger.left.add((name_of(account), conversation))
        await drill.recover(row)


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
        await _restart(server)
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


async def revoke_sessions(drill: Drill) -> None:
    """Sessions are ended from elsewhere, by the other server process."""
    async with drill.fault("sessions revoked") as row:
        _limit_revoked(row, await revoke(drill, drill.scale.revoked), redis=True)


def _limit_revoked(row: Row, taken: list[float], *, redis: bool) -> None:
    row.more["sessions revoked"] = str(len(taken))
    row.limit("closed within", max(taken), REVOKE_S[redis], "s")


async def revoke(drill: Drill, count: int) -> list[float]:
    """Open `count` sessions, end each by the other server; → the seconds until each socket was closed for good."""
    servers = drill.house.servers
    taken = []
    for n in range(count):
        here, elsewhere = servers[n % 2], servers[(n + 1) % 2]
        session, token = uuid4(), secrets.token_urlsafe(32)
        with drill.house.connect() as connection:
            digest = hashlib.sha256(token.encode()).digest()
            connection.execute(SECOND_SESSION, [session, names.account_id(REVOKED_FIRST + n), digest])
        client = Client(here.url, state=State(token=token))
        async with client, Rest(elsewhere.url, token=names.token_of(REVOKED_FIRST + n)) as rest:
            client.start()
            await client.online()
            taken.append(await _revoke_one(client, rest, session))
    return taken


async def _revoke_one(client: Client, rest: Rest, session: UUID) -> float:
    began = time.monotonic()
    await rest.call("DELETE", f"/sessions/{session}")
    try:
        async with asyncio.timeout(20):
            await client.until(lambda: False)
    except Ended as end:
        if end.code == 4003:
            return time.monotonic() - began
    except TimeoutError:
        pass
    return float("inf")


async def stall_readers(drill: Drill) -> None:
    """Some read nothing any more: the server holds little for them, lets them go, and the others do not feel it."""
    scale = drill.scale
    drill.crowd.order(size=scale.loud, pace=scale.loud_pace)
    async with drill.fault(f"{scale.stalled} stalled readers") as row:
        p99s: dict[bool, list[float]] = {True: [], False: []}
        rounds = []
        for pair in range(scale.pairs):
            for stalled in (False, True) if pair % 2 == 0 else (True, False):
                began = time.monotonic()
                if stalled:
                    rounds.append(await _stall_once(drill))
                else:
                    await drill.lull(scale.pair_s)
                drill.crowd.ledger.read_more()
                p99s[stalled].append(drill.crowd.ledger.window(began, time.monotonic()).delay(0.99))
        row.more["others' p99 without them"] = f"{ms(median(p99s[False]))} (median of {scale.pairs} paired rounds)"
        row.more["with them"] = ms(median(p99s[True]))
        row.limit("held for the fullest", max(each.held_kib for each in rounds), HELD_KIB, "KiB")
        row.more["memory for each"] = f"{max(each.grown_kib for each in rounds):,.0f} KiB"
        row.limit("let go after", max(each.held_s for each in rounds), LET_GO_S, "s of fullness")
        woken = [code for each in rounds for code in each.woken]
        row.more["of those who woke just then"] = f"{woken.count(4013)} saw 4013, {woken.count(None)} were in time"
        row.need("every stalled reader let go", all(each.all_gone for each in rounds))
        row.need("4013 for those who woke while it was said", 4013 in woken and set(woken) <= {4013, 1006, None})
    drill.crowd.order(size=scale.size, pace=scale.pace)


@dataclass
class Stall:
    """One round of stalled readers."""

    held_kib: float = 0  # for the fullest socket
    grown_kib: float = 0  # by the servers' memory, for each
    held_s: float = 0  # from the first full socket until all that read nothing had been let go
    all_gone: bool = False
    woken: list[int | None] = field(default_factory=list)  # how those ended who read again about when they were let go


async def _stall_once(drill: Drill) -> Stall:
    """Half of the readers never read again; the others wake up around the moment at which they are given up."""
    servers = drill.house.servers
    pids = [server.pid for server in servers]
    readers = [
        await asyncio.to_thread(Stalled, STALLED_FIRST + n, servers[n // 2 % len(servers)].url)
        for n in range(drill.scale.stalled)
    ]
    asleep, light = readers[::2], readers[1::2]
    before, stall, full_at = memory_kib_of(pids), Stall(), 0.0
    waking: list[asyncio.Task[int | None]] = []
    until = time.monotonic() + STALL_S
    while time.monotonic() < until and not stall.all_gone:
        told = [await server.figures() for server in servers]
        held = max(figures["naast_unsent_bytes_most"] for figures in told) / 1024
        stall.held_kib = max(stall.held_kib, held)
        stall.grown_kib = max(stall.grown_kib, (memory_kib_of(pids) - before) / len(readers))
        if not full_at and sum(figures["naast_sockets_full"] for figures in told) >= len(readers):
            full_at = time.monotonic()
            waking = [asyncio.create_task(_wake(reader, n / len(light))) for n, reader in enumerate(light)]
        if full_at and len(cut_off(asleep)) == len(asleep):
            stall.held_s, stall.all_gone = time.monotonic() - full_at, True
        await asyncio.sleep(0.1)
    stall.woken = await asyncio.gather(*waking)
    for reader in readers:
        reader.close()
    return stall


async def _wake(reader: Stalled, turn: float) -> int | None:
    """Read again some time between `WAKE_S`."""
    first, last = WAKE_S
    await asyncio.sleep(first + turn * (last - first))
    return await asyncio.to_thread(reader.read_on)


FAULTS: dict[str, Fault] = {
    "calm": calm,
    "server-1": kill_first_server,
    "server-2": kill_second_server,
    "worker": kill_worker,
    "valkey": kill_valkey,
    "postgres": kill_postgres,
    "clients": kill_clients,
    "stalled": stall_readers,
    "redis-away": take_redis_away,
    "frozen": freeze_postgres,
    "clock": step_clock,
    "rolling": roll_servers,
    "revoked": revoke_sessions,
    "leaving": leave_talk,
}
IN_SHORT = ("server-1", "worker", "valkey", "postgres", "clients", "rolling", "leaving")
