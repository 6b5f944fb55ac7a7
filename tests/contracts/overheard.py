"""A real server process with people in it, of which every word is kept."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backend.core.sealing import keyring
from infra.client import Client
from tests.conftest import CLUSTER
from tests.journeys.people import admit, make_expert
from tests.journeys.server import ROOT, Server
from tests.services import clone_databases
from tests.socket.house import House, Who


class Overheard(Server):
    """Its output goes to a file."""

    def __init__(self, env: Mapping[str, str], *, output: Path) -> None:
        super().__init__(env)
        self.output = output
        self._read = 0

    def _launch(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "backend.serve", "--port", str(self.port)]
        with self.output.open("ab") as out:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.env, start_new_session=True, stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def runs(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """Everything so far."""
        return self.output.read_text(errors="replace")

    def said_since(self) -> str:
        """Everything since this was asked last."""
        with self.output.open("rb") as out:
            out.seek(self._read)
            told = out.read()
        self._read += len(told)
        return told.decode(errors="replace")


@contextmanager
def overhear(folder: Path, env: Mapping[str, str]) -> Iterator[House]:
    """A house (see `tests.socket.house`) whose server is `Overheard`."""
    keyring.create_file(folder / "secrets.json")
    with ExitStack() as stack:
        name = f"overheard_{secrets.token_hex(4)}"
        urls = stack.enter_context(clone_databases(Path(os.environ[CLUSTER]), name))
        settings = {
            **urls,
            "DJANGO_SETTINGS_MODULE": "backend.settings.dev",
            "NAAST_SECRETS": str(folder / "secrets.json"),
            "NAAST_VAR": str(folder / "var"),
            "REDIS_URL": "",
            **env,
        }
        server = Overheard(settings, output=folder / "output.txt")
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
