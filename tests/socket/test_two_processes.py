"""Two server processes on one database: with a ring that dies in the middle, and with none at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from infra.client import Client, Rest
from infra.client.client import REVOKED
from infra.embedded.valkey import Valkey
from tests.journeys.people import PATIENCE, Talk, admit, make_expert, person
from tests.journeys.server import serve

pytestmark = pytest.mark.timeout(300)

LINES = 60  # of each of the three


@asynccontextmanager
async def talk_over_two(env: Mapping[str, str]) -> AsyncIterator[Talk]:
    """Ben and ana at one server, dora at another; all belong to ben's group."""
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(serve(env)) for _ in range(2)]
        ben, ana, dora = [await stack.enter_async_context(person(server)) for server in (one, one, two)]
        await make_expert(env, ben.state.account, alias="Ben")
        group = (await ben.rest.create_group(title="Evenings"))["id"]
        await admit(ben.rest, ana.rest, group, alias="Quiet River")
        await admit(ben.rest, dora.rest, group, alias="Green Hill")
        clients = [ben, ana, dora]
        for client in clients:
            client.start()
        await asyncio.gather(*(client.online() for client in clients))
        yield Talk(group=group, clients=clients)


async def speak(talk: Talk, client: Client, name: str, *, at_half: asyncio.Event, lines: int = LINES) -> None:
    """Say the lines one after the other, by turns on the socket and by REST."""
    for n in range(lines):
        if n == lines // 2:
            at_half.set()
        words = f"{name} {n}"
        said = (await client.say(talk.group, words)).seq if n % 2 else (await client.post(talk.group, words))["seq"]
        assert said is not None
        talk.acked[said] = words


async def check(talk: Talk, *, lines: int) -> None:
    """Everybody has the same, without a hole, a double or a line that was acked and is not there."""
    await talk.settle()
    first, *others = talk.transcripts()
    assert all(other == first for other in others)
    assert {seq: message["body"] for seq, message in first.items()} == talk.acked
    assert len(talk.acked) == lines


async def test_nothing_is_missing_when_the_ring_dies_in_the_middle(
    durable_services: dict[str, str], own_valkey: Valkey
) -> None:
    async with talk_over_two({**durable_services, "REDIS_URL": own_valkey.url}) as talk:
        half = asyncio.Event()
        speaking = [
            asyncio.create_task(speak(talk, client, f"{n}", at_half=half)) for n, client in enumerate(talk.clients)
        ]
        await half.wait()
        await asyncio.to_thread(own_valkey.kill)
        await asyncio.to_thread(own_valkey.start)
        await asyncio.gather(*speaking)
        await check(talk, lines=3 * LINES)
        # What is said while it is away, with nothing after it that would show the hole.
        await asyncio.to_thread(own_valkey.kill)
        for client in talk.clients:
            await speak(talk, client, "away", at_half=half, lines=1)
        await check(talk, lines=3 * LINES + 3)
        await asyncio.to_thread(own_valkey.start)
        for client in talk.clients:
            await speak(talk, client, "back", at_half=half, lines=1)
        await check(talk, lines=3 * LINES + 6)


async def test_without_a_ring_the_heads_are_asked_for(durable_services: dict[str, str]) -> None:
    async with talk_over_two(durable_services) as talk:
        half = asyncio.Event()
        await asyncio.gather(*(speak(talk, client, f"{n}", at_half=half) for n, client in enumerate(talk.clients)))
        await check(talk, lines=3 * LINES)


async def test_a_session_that_is_revoked_at_one_server_loses_its_socket_at_the_other(
    durable_services: dict[str, str], valkey: Valkey
) -> None:
    async with talk_over_two({**durable_services, "REDIS_URL": valkey.url}) as talk:
        ben, _, dora = talk.clients
        async with Rest(ben.rest.url, token=dora.state.token) as rest, asyncio.timeout(PATIENCE):
            await rest.call("DELETE", f"/sessions/{dora.state.session}")
            await dora.until(lambda: dora.ended == REVOKED)
        assert dora.state.token == ""
        assert dora.state.transcripts == {}
