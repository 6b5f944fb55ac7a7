"""What dies, freezes or runs wild, one after the other, under load."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from infra.bench import names
from infra.client import Client, Ended, Rest, State
from infra.drill.crowd import name_of
from infra.drill.drill import REVOKED_FIRST, Drill
from infra.drill.house import SECOND_SESSION, Server
from infra.drill.report import Row
from infra.drill.stalling import stall_readers
from infra.drill.stepping import step_clock

Fault = Callable[[Drill], Awaitable[None]]

AWAY_P99_S = 2.0
REVOKE_S = {True: 1.0, False: 5.0}  # with Redis, without
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
        took = [await server.restart() for server in drill.house.servers]
        await drill.recover(row)
        drill.crowd.ledger.read_more()
        byes = [resumable for account in accounts for at, _, resumable in account.byes if at >= began]
        row.more["stopped within"] = " and ".join(f"{seconds:.1f} s" for seconds in took)
        row.more["goodbyes"] = f"{len(byes)}, {sum(byes)} of them resumable"
        row.need("every goodbye resumable", bool(byes) and all(byes))


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


FAULTS: dict[str, Fault] = {
    "calm": calm,
    "server-1": kill_first_server,
    "server-2": kill_second_server,
    "worker-away": kill_worker,
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
IN_SHORT = ("server-1", "worker-away", "valkey", "postgres", "clients", "rolling", "leaving")
