"""Messages in bulk: sealed as the project seals them, copied in. Reads `[[conversation, account, how many], …]`.

A page of them is read back by the project itself, so a row that is not as it should be fails the reads.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.bench.settings")
django.setup()

from backend.core.sealing import datakeys, seal  # noqa: E402  (settings come first)
from infra.bench import names  # noqa: E402
from messaging.accepting.batch import TAG, body_aad  # noqa: E402

AT_ONCE = 20_000
BODY = "The words of a day that went by, about as long as people write them. " * 2
EVENTS = "COPY streams_event (stream_id, seq, kind, number, at) FROM STDIN"
MESSAGES = """COPY messaging_message
(conversation_id, seq, message_id, membership_id, client_id, body, version, tag, sent_at) FROM STDIN"""


def fill_conversation(connection: psycopg.Connection, number: int, account: int, count: int) -> None:
    """Give an empty conversation `count` messages of one account, a second apart."""
    conversation, membership = names.conversation_id(number), names.membership_id(number, account)
    key = datakeys.key_of(conversation)
    began = datetime.now(UTC) - timedelta(seconds=count)
    for first in range(1, count + 1, AT_ONCE):
        seqs = range(first, min(first + AT_ONCE, count + 1))
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(EVENTS) as copy:
                for seq in seqs:
                    copy.write_row((conversation, seq, "message.created", seq, began + timedelta(seconds=seq)))
            with cursor.copy(MESSAGES) as copy:
                for seq in seqs:
                    message, client, text = uuid4(), uuid4(), f"{seq}. {BODY}".encode()
                    place = body_aad(message=message, version=1, conversation=conversation, membership=membership)
                    tag = seal.tag(purpose=TAG, parts=(conversation.bytes, membership.bytes, client.bytes, text))
                    body = seal.seal(key=key, text=text, aad=place)
                    at = began + timedelta(seconds=seq)
                    copy.write_row((conversation, seq, message, membership, client, body, 1, tag, at))
            cursor.execute(
                "UPDATE streams_stream SET head = %s, at = %s WHERE id = %s",
                [seqs[-1], began + timedelta(seconds=seqs[-1]), conversation],
            )


if __name__ == "__main__":
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for talk in json.load(sys.stdin):
            fill_conversation(connection, *talk)
        connection.execute("VACUUM ANALYZE")
