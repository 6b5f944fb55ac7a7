"""The writer: group commit on its own connection to a real PostgreSQL. Nothing is answered before it is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, connections

from backend.core.accounts.models import Account, Session
from backend.core.db import connect_async
from backend.core.errors import DomainError, Unavailable
from backend.core.pipeline import Pipeline, Query, Rows
from backend.core.sealing import datakeys
from backend.core.streams import store
from backend.core.streams.item import Batch
from messaging.accepting import writer as writer_module
from messaging.accepting.batch import Accepted, Outcome, Send
from messaging.accepting.writer import Writer
from messaging.models import Conversation, Membership, Message

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Room:
    """A direct talk and its people's sessions, as bare rows."""

    conversation: UUID
    people: list[tuple[UUID, UUID]] = field(default_factory=list)

    def send(self, body: str = "hoi", *, who: int = 0, cid: UUID | None = None) -> Send:
        account, session = self.people[who]
        return Send(account, session, self.conversation, cid or uuid4(), body)


def room(people: int = 2) -> Room:
    there = Conversation.objects.create(kind="direct", created_at=NOW)
    datakeys.create_key(owner=there.id, at=NOW)
    store.create_stream(stream=there.id, at=NOW)
    made = Room(there.id)
    for n in range(people):
        account = Account.objects.create(code_hash=uuid4().bytes, code_pepper=1, locale="nl", created_at=NOW)
        session = Session.objects.create(account=account, token_hash=uuid4().bytes, created_at=NOW, seen_on=NOW.date())
        Membership.objects.create(conversation=there, account=account, alias=f"a{n}", alias_key=f"a{n}", avatar_key="x")
        made.people.append((account.id, session.id))
    return made


async def open_pipeline() -> Pipeline:
    return Pipeline(await connect_async())


@asynccontextmanager
async def running(
    *, connect: Callable[[], Awaitable[Pipeline]] = open_pipeline, lanes: int = 2
) -> AsyncIterator[tuple[Writer, list[Batch]]]:
    rung: list[Batch] = []

    async def keys_of(conversations: set[UUID]) -> dict[UUID, object]:
        return dict(await in_thread(datakeys.found_keys, conversations))

    writer = Writer(
        connect=connect,
        keys_of=keys_of,  # type: ignore[arg-type]
        announce=rung.extend,
        now=lambda: NOW,
        lanes=lanes,
    )
    writer.start()
    try:
        yield writer, rung
    finally:
        await writer.stop()


async def in_thread(read: Callable[..., T], *args: object) -> T:
    """Django's part, in a thread whose connections are closed behind it."""

    def run() -> T:
        try:
            return read(*args)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


def accepted(outcomes: Iterable[Outcome]) -> list[Accepted]:
    found = list(outcomes)
    assert all(isinstance(outcome, Accepted) for outcome in found), found
    return [outcome for outcome in found if isinstance(outcome, Accepted)]


def seqs(conversation: UUID) -> list[int]:
    return list(Message.objects.filter(conversation_id=conversation).order_by("seq").values_list("seq", flat=True))


async def test_many_sends_are_few_commits_in_the_order_they_came() -> None:
    talk = await in_thread(room)
    batches: list[int] = []
    async with running() as (writer, rung):
        writer.on_batch = lambda accepted, sends, seconds: batches.append(sends)
        sends = [talk.send(str(n)) for n in range(450)]
        got = accepted(await asyncio.gather(*(writer.put(send) for send in sends)))
    assert [one.seq for one in got] == list(range(1, 451))
    assert max(batches) == writer_module.LARGEST
    assert len(batches) < 10
    assert await in_thread(seqs, talk.conversation) == list(range(1, 451))
    assert [(b.after, b.to) for b in rung] == [(b.after, b.after + len(b.items or ())) for b in rung]


async def test_an_answer_comes_after_the_commit() -> None:
    talk = await in_thread(room)

    def stored(cid: UUID) -> bool:
        return Message.objects.filter(client_id=cid).exists()

    async with running() as (writer, _):
        for _n in range(5):
            send = talk.send()
            accepted([await writer.put(send)])
            assert await in_thread(stored, send.client_id)


async def test_one_bad_send_harms_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await in_thread(room)
    async with running() as (writer, _):
        stranger = Send(uuid4(), uuid4(), talk.conversation, uuid4(), "hoi")
        nowhere = Send(*talk.people[0], uuid4(), uuid4(), "hoi")
        poison = talk.send("no encoding has this: \ud800")
        good = [talk.send(str(n)) for n in range(3)]
        first, *others = await asyncio.gather(
            *(writer.put(send) for send in [good[0], stranger, nowhere, poison, good[1], good[2]])
        )
    assert [one.seq for one in accepted([first, *others[3:]])] == [1, 2, 3]
    codes = [other.code for other in others[:3] if isinstance(other, DomainError)]
    assert codes == ["not_found", "not_found", "unavailable"]


async def test_a_send_that_fails_halfway_leaves_nothing_behind_on_the_connection() -> None:
    """The head is locked and the facts are asked for; the question about the reply cannot be put into bytes."""
    talk = await in_thread(room)
    async with running(lanes=1) as (writer, _):
        (before,) = accepted([await writer.put(talk.send())])
        bad = talk.send("bad")._replace(reply_to=2**70)
        refused, *others = await asyncio.gather(*(writer.put(send) for send in (bad, talk.send(who=1), talk.send())))
    assert isinstance(refused, Unavailable)
    assert [one.seq for one in accepted([before, *others])] == [1, 2, 3]
    assert await in_thread(seqs, talk.conversation) == [1, 2, 3]


async def test_the_same_send_again_gets_the_first_answer() -> None:
    talk = await in_thread(room)
    async with running() as (writer, _):
        send = talk.send()
        first, double = accepted(await asyncio.gather(writer.put(send), writer.put(send)))
        (later,) = accepted([await writer.put(send)])
    assert (double.seq, later.seq, double.id, later.id) == (first.seq, first.seq, first.id, first.id)
    assert (first.again, double.again, later.again) == (False, True, True)
    assert await in_thread(seqs, talk.conversation) == [1]


async def test_two_writers_racing_with_the_same_send_make_one_message() -> None:
    talk = await in_thread(room)
    async with running() as (one, _), running() as (two, _):
        for _n in range(20):
            send = talk.send()
            a, b = accepted(await asyncio.gather(one.put(send), two.put(send)))
            assert (a.seq, a.id) == (b.seq, b.id)
    assert await in_thread(seqs, talk.conversation) == list(range(1, 21))


async def test_a_connection_lost_during_commit_is_resolved_by_the_client_id() -> None:
    """The commit reaches the server, its answer does not reach us."""
    talk = await in_thread(room)
    opened = 0

    class Lossy(Pipeline):
        async def run(self, queries: Iterable[Query], *, end: bool = False) -> list[Rows]:
            found = await super().run(queries, end=end)
            if end and opened == 1:
                raise psycopg.OperationalError("the answer to COMMIT was lost")
            return found

    async def connect() -> Pipeline:
        nonlocal opened
        opened += 1
        return Lossy(await connect_async())

    async with running(connect=connect, lanes=1) as (writer, rung):
        (got,) = accepted([await writer.put(talk.send())])
    assert (got.seq, got.again, opened) == (1, True, 2)
    assert await in_thread(seqs, talk.conversation) == [1]
    assert rung == []  # the first commit rang for nobody: readers find it by their heads


async def test_connections_killed_under_load_lose_nothing() -> None:
    talk = await in_thread(room)

    def kill_others() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    async with running() as (writer, _):
        answers = []
        for n in range(300):
            answers.append(writer.put(talk.send(str(n))))
            await asyncio.sleep(0)
            if n % 60 == 30:
                await in_thread(kill_others)
        got = accepted(await asyncio.gather(*answers))
    assert sorted(one.seq for one in got) == list(range(1, 301))
    assert await in_thread(seqs, talk.conversation) == list(range(1, 301))


async def test_who_gave_up_waiting_takes_nothing_back_and_blocks_nobody() -> None:
    talk = await in_thread(room)
    async with running() as (writer, _):
        gone = writer.put(talk.send("gone"))
        gone.cancel()
        (got,) = accepted([await writer.put(talk.send("here"))])
    assert got.seq == 2
    assert await in_thread(seqs, talk.conversation) == [1, 2]


async def test_stopping_finishes_what_waits_and_takes_nothing_new() -> None:
    talk = await in_thread(room)
    async with running(lanes=1) as (writer, _):
        waiting = [writer.put(talk.send(str(n))) for n in range(500)]
        stopping = asyncio.create_task(writer.stop())
        await asyncio.sleep(0)
        late = await writer.put(talk.send("late"))
        got = accepted(await asyncio.gather(*waiting))
        await stopping
    assert isinstance(late, Unavailable)
    assert [one.seq for one in got] == list(range(1, 501))


async def test_without_a_database_the_answer_is_not_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "PATIENCE_S", 0.05)
    monkeypatch.setattr(writer_module, "PAUSE_S", 0.01)
    talk = await in_thread(room)

    async def connect() -> Pipeline:
        raise psycopg.OperationalError("away")

    async with running(connect=connect) as (writer, _):
        got = await writer.put(talk.send())
    assert isinstance(got, Unavailable)
    assert got.retry_after


async def test_a_full_lane_says_not_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "WAITING", 2)
    talk = await in_thread(room)
    async with running(lanes=1) as (writer, _):
        outcomes = await asyncio.gather(*(writer.put(talk.send(str(n))) for n in range(3)))
    assert [isinstance(outcome, Unavailable) for outcome in outcomes] == [False, False, True]
