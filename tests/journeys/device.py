"""A device of its own, to be killed: `python -m tests.journeys.device <url> <file> <group>` talks until it dies."""

import asyncio
import sys
from pathlib import Path

from infra.client import Client, JsonFile, State


async def talk(url: str, path: Path, group: str) -> None:
    """Say line after line, and print each that was acked with its seq."""
    async with Client(url, state=State.load(JsonFile(path))) as client:
        client.start()
        for n in range(100_000):
            ack = await client.say(group, f"line {n}")
            print(n, ack.seq, flush=True)


if __name__ == "__main__":
    asyncio.run(talk(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
