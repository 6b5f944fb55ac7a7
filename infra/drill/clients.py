"""A process of several clients: `python -m infra.drill.clients`, told what to do by lines of JSON on its input.

The first line says who they are (`{folder, urls, speakers: [[name, token, [conversation, …]], …]}`), each further one
changes their `pace` or `size`, or lets them `cut` their connections or `go_home`. At the end of the input it ends: when
the drill dies, so does this.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop

from infra.drill.client import Speaker


async def open_input() -> asyncio.StreamReader:
    """Standard input, without blocking."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def order(speaker: Speaker, name: str, value: float) -> None:
    """Do as one order says."""
    match name:
        case "pace":
            speaker.pace = value
        case "size":
            speaker.size = int(value)
        case "cut":
            speaker.cut()
        case "go_home":
            speaker.go_home()


async def main() -> None:
    """Talk until the input ends."""
    commands = await open_input()
    told: dict[str, Any] = json.loads(await commands.readline())
    folder = Path(told["folder"])
    async with AsyncExitStack() as stack:
        speakers = [
            Speaker(name, told["urls"], folder / f"{name}.jsonl", token=token, talks=talks)
            for name, token, talks in told["speakers"]
        ]
        tasks = []
        for speaker in speakers:
            await stack.enter_async_context(speaker)
            speaker.start()
            tasks.append(asyncio.create_task(speaker.talk()))
        gc.freeze()
        while line := await commands.readline():
            for name, value in json.loads(line).items():
                for speaker in speakers:
                    order(speaker, name, value)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    uvloop.run(main())
