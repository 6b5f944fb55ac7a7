"""The whole house on one machine: `make run`, or `python -m infra.run`.

An embedded PostgreSQL unless DATABASE_URL is set, migrated databases, a demo community, server and worker.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from django.conf import settings

from backend.core.sealing import keyring
from infra.embedded.postgres import Cluster, ClusterError

HOST = "127.0.0.1"
LONGEST_PAUSE = 30.0  # seconds between two starts of a child that keeps dying
SETTLED = 60.0  # seconds after which a child counts as well
PATIENCE = 20.0  # seconds that a child gets to end


class StartError(Exception):
    """The house cannot start; the text says why, for people."""


def say(text: str) -> None:
    """Print at once, whoever reads."""
    print(text, flush=True)


def check_port(port: int) -> None:
    """Raise StartError when somebody listens on `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise StartError(f"Port {port} is in use. Another one: make run PORT={port + 1}") from None


async def start_child(*arguments: str, stdout: int | None = None) -> asyncio.subprocess.Process:
    """Start Python with `arguments`, out of reach of the terminal's Ctrl-C: we end children in order."""
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=stdout, start_new_session=True
    )


async def end_child(child: asyncio.subprocess.Process) -> None:
    """Ask a child to end, and kill it when it does not."""
    if child.returncode is None:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), PATIENCE)
        except TimeoutError:
            child.kill()
            await child.wait()


async def run_step(*arguments: str) -> str:
    """Run one step to its end and return what it printed. Raises StartError."""
    child = await start_child(*arguments, stdout=asyncio.subprocess.PIPE)
    try:
        printed, _ = await child.communicate()
    finally:
        await end_child(child)
    if child.returncode:
        raise StartError(f"{' '.join(arguments)} failed ({child.returncode}).")
    return printed.decode()


async def keep_running(name: str, *arguments: str) -> None:
    """Run a child until cancelled; start it again when it dies, ever later while it keeps dying."""
    clock = asyncio.get_running_loop().time
    pause = 1.0
    while True:
        began = clock()
        child = await start_child(*arguments)
        try:
            code = await child.wait()
        finally:
            await end_child(child)
        pause = 1.0 if clock() - began > SETTLED else min(pause * 2, LONGEST_PAUSE)
        say(f"The {name} ended with {code}; it starts again in {pause:.0f} s.")
        await asyncio.sleep(pause)


async def watch_cluster(cluster: Cluster) -> None:
    """Start PostgreSQL again when it dies."""
    while True:
        await asyncio.sleep(1)
        if not cluster.is_running():
            say("The database ended; it starts again.")
            cluster.stop()
            try:
                cluster.start()
            except ClusterError as error:
                say(str(error))
                await asyncio.sleep(LONGEST_PAUSE)


@asynccontextmanager
async def in_background(*parts: tuple[str, asyncio.Task[None]]) -> AsyncIterator[None]:
    """Keep tasks until the end of the block, then end them one after the other, in the order given."""
    try:
        yield
    finally:
        for name, task in parts:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            say(f"The {name} has stopped.")


async def wait_until_healthy(address: str) -> None:
    """Wait until the server answers; it says itself what keeps it from starting."""
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"{address}/healthz")).is_success:
                    return
            await asyncio.sleep(0.2)


async def run_house(port: int) -> None:
    """Start all parts, tell how to get in, and keep them until cancelled."""
    check_port(port)
    cluster = None
    if not os.environ.get("DATABASE_URL"):
        cluster = Cluster(settings.NAAST_VAR / "postgres")
        cluster.start()
        say(cluster.notice or f"The database keeps its data in {cluster.home}")
    try:
        if not settings.SECRETS_JSON:
            keyring.create_file(Path(settings.SECRETS_FILE))
        await run_step("-m", "infra.migrate")
        welcome = await run_step("-m", "infra.demo")
        parts = [
            (
                "server",
                asyncio.create_task(keep_running("server", "-m", "backend.serve", "--port", str(port))),
            ),
            ("worker", asyncio.create_task(keep_running("worker", "manage.py", "work"))),
        ]
        if cluster:
            parts.append(("database's watch", asyncio.create_task(watch_cluster(cluster))))
        async with in_background(*parts):
            address = f"http://{HOST}:{port}"
            await wait_until_healthy(address)
            say(f"\n{welcome.strip()}\n\nReady: {address} (documentation: /api/docs). Ctrl-C stops it.")
            await asyncio.Event().wait()
    finally:
        if cluster:
            cluster.stop()
            say("The database has stopped.")


async def main() -> int:
    """Run until SIGINT, SIGTERM or SIGHUP; return the exit status."""
    try:
        port = int(os.environ.get("PORT") or 8000)
        house = asyncio.create_task(run_house(port))

        def end_house() -> None:
            if not house.cancelling():  # once: a second Ctrl-C must not break off the first one's tidy end
                house.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, end_house)
        await house
    except asyncio.CancelledError:
        return 0
    except (StartError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings.dev")
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # the codes and what to try stay in sight
    os.chdir(settings.BASE_DIR)
    sys.exit(asyncio.run(main()))
