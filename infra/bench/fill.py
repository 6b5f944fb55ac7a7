"""Messages in bulk, through the project's own writer: reads `[[conversation, account, how many], …]`."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.bench.settings")
django.setup()

from asgiref.sync import sync_to_async  # noqa: E402  (settings come first)

from backend.core.db import connect_async  # noqa: E402
from backend.core.sealing import datakeys  # noqa: E402
from infra.bench import names  # noqa: E402
from messaging.accepting.batch import Accepted, Send  # noqa: E402
from messaging.accepting.writer import Writer  # noqa: E402

AT_ONCE = 2_000
BODY = "The words of a day that went by, about as long as people write them. " * 2


async def fill_conversation(writer: Writer, number: int, account: int, count: int) -> None:
    """Have `count` messages of one account accepted; RuntimeError when one is refused."""
    for first in range(0, count, AT_ONCE):
        sends = [
            Send(
                account=names.account_id(account),
                session=names.session_id(account),
                conversation=names.conversation_id(number),
                client_id=uuid4(),
                body=f"{n}. {BODY}",
            )
            for n in range(first, min(first + AT_ONCE, count))
        ]
        for outcome in await asyncio.gather(*map(writer.put, sends)):
            if not isinstance(outcome, Accepted):
                raise RuntimeError(f"refused: {outcome!r}")


async def fill_all(talks: list[tuple[int, int, int]]) -> None:
    """Fill each conversation, then tell the planner."""
    writer = Writer(
        connect=connect_async,
        keys_of=sync_to_async(datakeys.keys_of),
        announce=lambda _: None,
        now=lambda: datetime.now(UTC),
    )
    writer.start()
    for talk in talks:
        await fill_conversation(writer, *talk)
    await writer.stop()
    connection = await connect_async()
    await connection.execute("ANALYZE")
    await connection.close()


if __name__ == "__main__":
    asyncio.run(fill_all(json.load(sys.stdin)))
