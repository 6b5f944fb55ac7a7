"""What is true in the end: the database's rows, and the history that REST shows each member."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import psycopg

from infra.bench import names
from infra.client import Refused, Rest
from infra.drill.check import Talk, Truth
from infra.drill.crowd import name_of
from infra.drill.journal import mark_of
from infra.drill.ledger import Event

PAGE = 100
ENDLESS = 2**62
AT_ONCE = 4  # members whose histories are read at the same time
STREAMS = "SELECT head, array(SELECT seq FROM streams_event WHERE stream_id = s.id) FROM streams_stream s WHERE id = %s"
MESSAGES = "SELECT seq FROM messaging_message WHERE conversation_id = %s"
SPAN = """SELECT visible_from, visible_to FROM messaging_membership
WHERE conversation_id = %s AND account_id = %s"""


async def read_truth(
    connection: psycopg.Connection, urls: Sequence[str], members: Mapping[int, Sequence[int]]
) -> Truth:
    """Everything, at rest: nobody may be writing."""
    truth = Truth()
    gate = asyncio.Semaphore(AT_ONCE)

    async def read_member(turn: int, account: int) -> None:
        async with gate, Rest(urls[turn % len(urls)], token=names.token_of(account)) as rest:
            for number in members[account]:
                where = name_of(account), str(names.conversation_id(number))
                try:
                    truth.seen[where] = await read_history(rest, where[1])
                except Refused as refused:
                    if refused.status != 404 or truth.spans[where][1] == ENDLESS:
                        raise

    for account, talks in members.items():
        truth.inboxes[name_of(account)] = _stream(connection, names.inbox_id(account))[0]
        for number in talks:
            _read_span(connection, truth, number, account)
    await asyncio.gather(*(read_member(turn, account) for turn, account in enumerate(members)))
    for number in sorted({number for talks in members.values() for number in talks}):
        conversation = str(names.conversation_id(number))
        head, seqs = _stream(connection, names.conversation_id(number))
        rows = connection.execute(MESSAGES, [conversation]).fetchall()
        # What a message says only its members can read; who of them saw most tells it for all.
        told = {e.seq: e for (_, c), events in truth.seen.items() if c == conversation for e in events}
        messages = {seq: told.get(seq, Event(seq)) for (seq,) in rows}
        truth.talks[conversation] = Talk(head=head, seqs=list(seqs), messages=messages)
    return truth


async def read_history(rest: Rest, conversation: str) -> list[Event]:
    """The whole conversation as one member may read it, oldest first."""
    events: list[Event] = []
    after = 0
    while items := (await rest.history(conversation, after_seq=after, limit=PAGE))["items"]:
        events += [Event(item["seq"], item["id"], mark_of(item["body"]), item["sent_at"]) for item in items]
        after = events[-1].seq
    return events


def _stream(connection: psycopg.Connection, stream: object) -> tuple[int, list[int]]:
    row = connection.execute(STREAMS, [stream]).fetchone()
    if row is None:
        raise LookupError(f"there is no stream {stream}")
    return row[0], row[1]


def _read_span(connection: psycopg.Connection, truth: Truth, number: int, account: int) -> None:
    conversation = names.conversation_id(number)
    row = connection.execute(SPAN, [conversation, names.account_id(account)]).fetchone()
    if row is not None:
        truth.spans[name_of(account), str(conversation)] = (row[0], ENDLESS if row[1] is None else row[1])
