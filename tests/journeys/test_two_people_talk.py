"""From sign-up to a durable, live, resumable message: three people, two ways to speak, and everything breaks once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.client import Client, JsonFile, Refused, State
from tests.contracts.asyncapi import check_frame
from tests.journeys.people import PATIENCE, Talk, admit, has_come_to, make_expert, person, together
from tests.journeys.server import ROOT, Server, serve

pytestmark = pytest.mark.timeout(300)

LINES = 100  # of each of the two who talk


async def test_two_people_talk_whatever_breaks(durable_services: dict[str, str]) -> None:
    async with serve(durable_services) as server, AsyncExitStack() as stack:
        ben, ana, dora = [await stack.enter_async_context(person(server)) for _ in range(3)]
        for client in (ben, ana, dora):
            client.on_frame = check_direction
        talk = await found_group(durable_services, ben, ana, dora)
        half, saved = asyncio.Event(), asyncio.Event()
        async with asyncio.timeout(4 * PATIENCE):
            await asyncio.gather(
                speak(talk, ana, "ana", at={20: ana.cut, 50: half.set}),
                speak(talk, dora, "dora", at={30: dora.cut, 70: saved.set}),
                break_server(server, half),
                read_along(talk, ben, saved),
            )
        await talk.settle()
        first, *others = talk.transcripts()
        assert all(other == first for other in others), "everybody has the same"
        assert {seq: message["body"] for seq, message in first.items()} == talk.acked, (
            "all that was acked, nothing else"
        )
        assert len(talk.acked) == 2 * LINES
        for name in ("ana", "dora"):
            own = [words for _, words in sorted(talk.acked.items()) if words.startswith(name)]
            assert own == [f"{name} {n}" for n in range(LINES)], "in the order in which it was said"
        assert all(not client.state.outbox for client in talk.clients)
        assert all(client.opened >= 2 for client in talk.clients), "the server was away"
        assert [client.rest.faults for client in talk.clients] == [0, 0, 0]
        await check_history(talk)
        await come_back_later(talk, server, dora)


def check_direction(direction: str, frame: Mapping[str, Any]) -> None:
    """Every frame is one of the AsyncAPI document."""
    check_frame("server" if direction == "in" else "client", frame)


async def found_group(env: dict[str, str], ben: Client, ana: Client, dora: Client) -> Talk:
    """Ben becomes a peer expert and makes a group; ana finds it and asks; dora asks, too. A person decides."""
    with pytest.raises(Refused, match="403"):
        await ben.rest.create_group(title="Evenings")
    await make_expert(env, ben.state.account, alias="Ben")
    told = {"languages": ["nl", "en"], "domains": ["work"], "about": "For whoever is changing work."}
    group = (await ben.rest.create_group(title="Evenings", **told))["id"]
    for client in (ben, ana, dora):
        client.start()
    await together(ben.online(), ana.online(), dora.online())
    assert [found["id"] for found in await ana.rest.groups(language="nl", domain="work")] == [group]
    assert await ana.rest.groups(language="hu") == []
    with pytest.raises(Refused, match="404"):
        await ana.rest.history(group)
    asked = await ana.rest.ask_admission(group, alias="Quiet River", answer="I am new to this.")
    waiting = await ben.rest.admission_requests(group)
    assert [(there["id"], there["alias"]) for there in waiting] == [(asked["id"], "Quiet River")]
    with pytest.raises(Refused, match="404"):
        await dora.rest.decide_admission(asked["id"], accept=True)
    await ben.rest.decide_admission(asked["id"], accept=True)
    await admit(ben.rest, dora.rest, group, alias="Green Hill")
    async with asyncio.timeout(PATIENCE):
        for client in (ana, dora):
            await client.until(partial(has_come_to, client, group, 0))
    names = {there["alias"] for there in await dora.rest.members(group)}
    assert names == {"Ben", "Quiet River", "Green Hill"}
    return Talk(group=group, clients=[ben, ana, dora])


async def speak(talk: Talk, client: Client, name: str, *, at: dict[int, Callable[[], None]]) -> None:
    """Say the lines one after the other, by turns on the socket and by REST; break something on the way."""
    for n in range(LINES):
        at.get(n, lambda: None)()
        words = f"{name} {n}"
        seq = (await client.say(talk.group, words)).seq if n % 2 else (await client.post(talk.group, words))["seq"]
        assert seq is not None
        assert seq not in talk.acked
        talk.acked[seq] = words


async def break_server(server: Server, half: asyncio.Event) -> None:
    """Kill the server in the middle, and start it again."""
    await half.wait()
    server.kill()
    await server.start()


async def read_along(talk: Talk, ben: Client, saved: asyncio.Event) -> None:
    """Ben's phone loses the connection too, while he only reads."""
    await saved.wait()
    ben.cut()


async def check_history(talk: Talk) -> None:
    """REST tells the same as the socket did, forwards and backwards; so does `/sync` from the very start."""
    client = talk.clients[1]
    told: dict[int, str] = {}
    after: int | None = 0
    while after is not None:
        page = await client.rest.history(talk.group, after_seq=after, limit=33)
        told |= {message["seq"]: message["body"] for message in page["items"]}
        after = page["next"]
    assert told == talk.acked
    asked = {talk.group: min(talk.acked) - 1}
    part = (await client.rest.sync(asked))["streams"][talk.group]
    synced = {event["seq"]: event["body"] for event in part["events"] if event["type"] == "message.created"}
    assert synced == talk.acked


async def come_back_later(talk: Talk, server: Server, dora: Client) -> None:
    """A device that was off for a while reads only what it missed."""
    dora.cut()
    state = dora.state
    await dora.close()
    ana = talk.clients[1]
    seq = (await ana.say(talk.group, "Are you there?")).seq
    assert seq is not None
    heard: list[int] = []
    async with person(server, state) as again, asyncio.timeout(PATIENCE):
        again.reader.on_event = lambda stream, event: heard.append(event["seq"])
        again.start()
        await again.until(lambda: again.state.cursors[talk.group] >= seq)
        assert heard == [seq]
        assert again.reader.doubles == 0


async def test_a_client_that_is_killed_goes_on_where_it_was(durable_services: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "ana.json"
    async with serve(durable_services) as server, person(server) as ben, asyncio.timeout(3 * PATIENCE):
        await make_expert(durable_services, ben.state.account, alias="Ben")
        group = (await ben.rest.create_group(title="Evenings"))["id"]
        async with person(server, State.load(JsonFile(path))) as ana:
            await admit(ben.rest, ana.rest, group, alias="Quiet River")
        ben.start()
        await ben.online()
        arguments = ("-m", "tests.journeys.device", server.url, str(path), group)
        device = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert device.stdout is not None
        printed = [await device.stdout.readline() for _ in range(40)]
        device.kill()
        printed += (await device.stdout.read()).splitlines()
        await device.wait()
        acked = {int(n): int(seq) for n, seq in (line.split() for line in printed if line)}
        ben.say(group, "Are you there?")
        async with person(server, State.load(JsonFile(path))) as ana:
            waiting = [entry.body for entry in ana.state.outbox]
            assert len(waiting) <= 1, "one is under way at a time"
            ana.start()
            await ana.online()
            answer = await ana.say(group, "Back again")
            assert answer.seq is not None
            for client in (ana, ben):
                await client.until(partial(has_come_to, client, group, answer.seq))
            assert ana.state.transcripts[group].messages == ben.state.transcripts[group].messages
            assert ana.reader.resyncs == 0
        said = {seq: message["body"] for seq, message in sorted(ben.state.transcripts[group].messages.items())}
        lines = [words for words in said.values() if words.startswith("line")]
        assert lines == [f"line {n}" for n in range(len(lines))], "each once, in order"
        assert set(waiting) <= set(lines)
        assert {seq: said[seq] for seq in acked.values()} == {seq: f"line {n}" for n, seq in acked.items()}
    assert path.stat().st_mode & 0o777 == 0o600


async def test_without_a_socket_the_same_is_read(durable_services: dict[str, str]) -> None:
    async with serve(durable_services) as server, AsyncExitStack() as stack:
        ben, ana = [await stack.enter_async_context(person(server)) for _ in range(2)]
        await make_expert(durable_services, ben.state.account, alias="Ben")
        group = (await ben.rest.create_group(title="Evenings"))["id"]
        await admit(ben.rest, ana.rest, group, alias="Quiet River")
        await ana.sync()
        assert group in ana.state.conversations
        for n in range(30):
            await ben.post(group, f"line {n}")
        await ben.rest.react(group, (await ben.rest.history(group, limit=1))["items"][0]["seq"], "heart")
        await ana.sync()
        await ben.sync()
        assert len(ana.state.transcripts[group].messages) == 30
        assert ana.state.transcripts[group].messages == ben.state.transcripts[group].messages
        await ana.rest.leave(group)
        await ana.sync()
        assert group not in ana.state.conversations
