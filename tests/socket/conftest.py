"""A real server process for the tests of a module, with people who share a group."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from backend.core.sealing import keyring
from infra.client import Client
from tests.conftest import CLUSTER
from tests.journeys.people import admit, make_expert
from tests.journeys.server import Server
from tests.services import clone_databases
from tests.socket.house import House, Who

ORIGIN = "https://app.naast.test"


@pytest.fixture(scope="module")
def premises(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Yield a server with ben (a peer expert), ana and dora in ben's group, and cleo, a stranger.

    A module may set `ENVIRONMENT`.
    """
    folder = tmp_path_factory.mktemp("house")
    keyring.create_file(folder / "secrets.json")
    with ExitStack() as stack:
        name = f"socket_{secrets.token_hex(4)}"
        urls = stack.enter_context(clone_databases(Path(os.environ[CLUSTER]), name))
        env = {
            **urls,
            "DJANGO_SETTINGS_MODULE": "backend.settings.dev",
            "NAAST_SECRETS": str(folder / "secrets.json"),
            "NAAST_VAR": str(folder / "var"),
            "NAAST_ORIGINS": ORIGIN,
            "REDIS_URL": "",
            **getattr(request.module, "ENVIRONMENT", {}),
        }
        server = Server(env)
        stack.callback(server.kill)
        yield asyncio.run(_furnish(server))


async def _furnish(server: Server) -> House:
    await server.start()
    clients = ben, ana, dora, _ = [Client(server.url) for _ in range(4)]
    people = [Who(code=await client.sign_up(), token=client.state.token) for client in clients]
    await make_expert(server.env, ben.state.account, alias="Ben")
    group = (await ben.rest.create_group(title="Evenings"))["id"]
    await admit(ben.rest, ana.rest, group, alias="Quiet River")
    await admit(ben.rest, dora.rest, group, alias="Green Hill")
    for client in clients:
        await client.close()
    return House(server, group, *people)


@pytest.fixture
def house(premises: House) -> House:
    """The module's house, its people newly signed in: limits that count per network or per session start fresh."""
    with psycopg.connect(premises.server.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("TRUNCATE core_limit")
    return asyncio.run(_sign_in_again(premises))


async def _sign_in_again(house: House) -> House:
    ben, ana, dora, cleo = [(await house.new_session(who))[0] for who in (house.ben, house.ana, house.dora, house.cleo)]
    return replace(house, ben=ben, ana=ana, dora=dora, cleo=cleo)
