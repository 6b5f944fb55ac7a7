"""People of the journeys: each one a reference client, each on a device of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from infra.client import Backoff, Client, Rest, State
from tests.journeys.server import Server, manage

PATIENCE = 60.0  # seconds that anything may take on a busy machine


@asynccontextmanager
async def person(server: Server, state: State | None = None) -> AsyncIterator[Client]:
    """Somebody at this server, signed up unless their state says who they are; not yet connected."""
    async with Client(server.url, state=state, backoff=Backoff(0.05, 0.5)) as client:
        if not client.state.token:
            await client.sign_up()
        yield client


async def make_expert(env: Mapping[str, str], account: str, *, alias: str) -> str:
    """Let the operator make somebody a peer expert of an organisation; → their peer id."""
    name = f"House of {alias}"
    await manage(env, "create_organisation", name, "--language", "nl")
    told = ("--organisation", name, "--alias", alias, "--avatar", "wave-sand")
    return (await manage(env, "give_role", account, "peer_expert", *told)).split()[-1]


async def admit(lead: Rest, asker: Rest, group: str, *, alias: str) -> str:
    """Somebody asks to join, and the lead says yes; → the new membership's id."""
    asked = await asker.ask_admission(group, alias=alias)
    await lead.decide_admission(asked["id"], accept=True)
    entry = await asker.call("GET", f"/conversations/{group}")
    return str(entry["membership"]["id"])


@dataclass(slots=True)
class Talk:
    """A group with a lead (ben) and members, all of them connected."""

    group: str
    clients: list[Client]
    acked: dict[int, str] = field(default_factory=dict)  # seq → what was said, as the server answered for it

    async def settle(self) -> None:
        """Until everybody has taken in all that was accepted."""
        last = max(self.acked, default=0)
        async with asyncio.timeout(PATIENCE):
            for client in self.clients:
                await client.online()
                await client.until(partial(has_come_to, client, self.group, last))

    def transcripts(self) -> list[dict[int, dict[str, Any]]]:
        """What each of them has."""
        return [client.state.transcripts[self.group].messages for client in self.clients]


def has_come_to(client: Client, stream: str, seq: int) -> bool:
    """Whether the client has taken in the stream so far."""
    return client.state.cursors.get(stream, -1) >= seq


async def together(*works: Any) -> Sequence[Any]:
    """All at once, in good time."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.gather(*works)
