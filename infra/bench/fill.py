"""Messages in bulk by the project's own accepting: reads `[[conversation, account, how many], …]`."""

import json
import os
import sys
from datetime import UTC, datetime
from uuid import uuid4

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.bench.settings")
django.setup()

from backend.core.sealing import datakeys  # noqa: E402  (settings come first)
from infra.bench import names  # noqa: E402
from messaging.accepting.batch import Accepted, Send, accept  # noqa: E402

BATCH = 1_000
BODY = "The words of a day that went by, about as long as people write them. " * 2


def fill_conversation(connection: psycopg.Connection, number: int, account: int, count: int) -> None:
    """Accept `count` messages of one account, a thousand for each commit."""
    conversation = names.conversation_id(number)
    keys = datakeys.keys_of([conversation])
    for first in range(0, count, BATCH):
        sends = [
            Send(
                account=names.account_id(account),
                session=names.session_id(account),
                conversation=conversation,
                client_id=uuid4(),
                body=f"{n}. {BODY}",
            )
            for n in range(first, min(first + BATCH, count))
        ]
        with connection.transaction():
            steps = accept(sends, keys=keys, now=datetime.now(UTC))
            query = next(steps)
            try:
                while True:
                    cursor = connection.execute(query[0].encode(), query[1])
                    query = steps.send(cursor.fetchall() if cursor.description else ())
            except StopIteration as done:
                if not all(isinstance(outcome, Accepted) for outcome in done.value[0]):
                    raise RuntimeError(f"refused: {done.value[0][0]}") from None


if __name__ == "__main__":
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for number, account, count in json.load(sys.stdin):
            fill_conversation(connection, number, account, count)
        connection.execute("VACUUM ANALYZE")
