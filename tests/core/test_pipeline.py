"""The writer's own way to PostgreSQL: values come as they went, faults are told, what is lost is noticed."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from backend.core.db import connect_async
from backend.core.pipeline import Pipeline

pytestmark = pytest.mark.django_db(transaction=True)

BIGGEST = 2**63 - 1
TIMES = st.integers(-(2**54), 2**57).map(lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=n))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "uuid[]": st.lists(st.uuids()),
    "int[]": st.lists(st.integers(-(2**31), 2**31 - 1)),
    "bigint[]": st.lists(st.one_of(st.none(), st.integers(-BIGGEST, BIGGEST))),
    "bytea[]": st.lists(st.binary(max_size=300)),
    "timestamptz[]": st.lists(TIMES),
    "timestamptz": TIMES,
}


@asynccontextmanager
async def opened() -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(await connect_async())
    try:
        yield pipeline
    finally:
        await pipeline.close()


@given(st.data())
def test_every_kind_of_parameter_comes_back_as_it_went(data: st.DataObject) -> None:
    given_values = {kind: data.draw(values, label=kind) for kind, values in KINDS.items()}

    async def ask() -> list[Any]:
        async with opened() as pipeline:
            return await pipeline.run([(f"SELECT %b::{kind}", (value,)) for kind, value in given_values.items()])

    answers = asyncio.run(ask())
    assert [rows[0][0] for rows in answers] == list(given_values.values())


async def test_a_time_of_another_zone_is_the_same_moment() -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 123456, timezone(timedelta(hours=2)))
    async with opened() as pipeline:
        [[(told,)]] = await pipeline.run([("SELECT %b::timestamptz", (at,))])
    assert told == at


async def test_questions_are_answered_before_the_end_and_statements_are_prepared_once() -> None:
    names: list[int] = []
    async with opened() as pipeline:
        for n in range(3):
            ids: list[UUID] = [uuid4() for _ in range(n)]
            [], rows = await pipeline.run([("BEGIN", ()), ("SELECT unnest(%b::uuid[])", (ids,))])
            assert [row[0] for row in rows] == ids
            await pipeline.run([("COMMIT", ())], end=True)
            [[(count,)]] = await pipeline.run([("SELECT count(*) FROM pg_prepared_statements", ())], end=True)
            names.append(count)
    assert names == [4, 4, 4]


async def test_more_than_a_socket_holds_goes_through() -> None:
    texts = [bytes((n,)) * 1_000_000 for n in range(12)]
    async with opened() as pipeline:
        [rows] = await pipeline.run([("SELECT unnest(%b::bytea[])", (texts,))], end=True)
    assert [row[0] for row in rows] == texts


async def test_the_first_refusal_is_raised_and_nothing_of_it_is_committed() -> None:
    async with opened() as pipeline:
        await pipeline.run([("CREATE TABLE pipeline_try (n int PRIMARY KEY)", ())], end=True)
        try:
            insert = ("INSERT INTO pipeline_try SELECT unnest(%b::int[])", ([7],))
            with pytest.raises(psycopg.errors.UniqueViolation):
                await pipeline.run([("BEGIN", ()), insert, insert, ("SELECT 1 / 0", ()), ("COMMIT", ())], end=True)
            async with opened() as other:
                [[(count,)]] = await other.run([("SELECT count(*) FROM pipeline_try", ())], end=True)
            assert count == 0
        finally:
            await pipeline.close()
            async with opened() as last:
                await last.run([("DROP TABLE pipeline_try", ())], end=True)


async def test_a_connection_that_is_lost_is_told_of_whether_one_waits_or_not() -> None:
    def kill(pid: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.close()

    async with opened() as idle, opened() as waiting:
        pids = [(await one.run([("SELECT pg_backend_pid()", ())], end=True))[0][0][0] for one in (idle, waiting)]
        asked = asyncio.create_task(waiting.run([("SELECT pg_sleep(600)", ())], end=True))
        await asyncio.sleep(0)
        for pid in pids:
            await asyncio.to_thread(kill, pid)
        with pytest.raises(psycopg.OperationalError):
            await asked
        with pytest.raises(psycopg.OperationalError):
            await idle.run([("SELECT 1", ())], end=True)


async def test_a_connection_that_is_cut_without_a_word_is_told_of_whether_one_waits_or_not() -> None:
    async with opened() as idle, opened() as waiting:
        asked = asyncio.create_task(waiting.run([("SELECT pg_sleep(600)", ())], end=True))
        await asyncio.sleep(0)
        for one in (idle, waiting):
            with socket.socket(fileno=os.dup(one.libpq.socket)) as cut:
                cut.shutdown(socket.SHUT_RDWR)
        async with asyncio.timeout(20):
            with pytest.raises(psycopg.OperationalError):
                await asked
            with pytest.raises(psycopg.OperationalError):
                await idle.run([("SELECT 1", ())], end=True)
