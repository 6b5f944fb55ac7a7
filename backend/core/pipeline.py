"""Prepared statements on a connection of one's own, sent together and waited for once, by libpq's pipeline.

For the writer, whose few statements run thousands of times a second on the loop's thread: psycopg's cursors take three
times as long for them as PostgreSQL does (docs/adr/0009). Connecting, errors and reading rows are psycopg's.
"""

from __future__ import annotations

import asyncio
import os
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

Rows = Sequence[tuple[Any, ...]]
Query = tuple[str, tuple[Any, ...]]  # each parameter stands in the text as `%b::type`

_PARAMETER = re.compile(r"%b::(\w+(?:\[\])?)")
_GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NULL = struct.pack("!i", -1)
_UUID_SIZE = struct.pack("!i", 16)
_size = struct.Struct("!i").pack
_int4 = struct.Struct("!ii").pack
_int8 = struct.Struct("!iq").pack
_header = struct.Struct("!iiiii").pack
_stamp = struct.Struct("!q").pack


class Pipeline:
    """One connection. Not for two tasks at once; after a fault it is to be closed: what it holds is not known."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection
        self.libpq = connection.pgconn
        self.loop = asyncio.get_running_loop()
        self.prepared: dict[str, bytes] = {}
        self.reading = Transformer(connection)
        self.waiter: asyncio.Future[None] | None = None
        self.fault: psycopg.Error | None = None
        self.libpq.enter_pipeline_mode()
        # Our own: libpq closes its one when the connection is lost, and the number may be another's the next moment.
        self.fd = os.dup(self.libpq.socket)
        self.loop.add_reader(self.fd, self._on_readable)

    async def run(self, queries: Iterable[Query], *, end: bool = False) -> list[Rows]:
        """Send the queries, then wait for the rows of each. `end`: after these PostgreSQL forgives an earlier fault.

        Until then it skips what comes behind a fault. Raises the first refusal, or `psycopg.OperationalError` when the
        connection is lost.
        """
        wanted = [wants_rows for query in queries for wants_rows in self._send(*query)]
        self.libpq.pipeline_sync() if end else self.libpq.send_flush_request()
        await self._flush()
        found = []
        for wants_rows in wanted:
            result = await self._result()
            if result.status not in _GOOD:
                raise self.fault or psycopg.errors.error_from_result(result)
            if wants_rows:
                found.append(self._rows(result))
        if end:
            await self._result()
        return found

    async def close(self) -> None:
        """Let the connection go; what was not committed is rolled back by the server."""
        if self.fd >= 0:
            self.loop.remove_reader(self.fd)
            os.close(self.fd)
            self.fd = -1
        await self.connection.close()

    def _send(self, sql: str, parameters: tuple[Any, ...]) -> Iterable[bool]:
        text, encoders = _parsed(sql)
        name = self.prepared.get(sql)
        if name is None:
            name = self.prepared[sql] = b"s%d" % len(self.prepared)
            self.libpq.send_prepare(name, text)
            yield False
        values = [encode(value) for encode, value in zip(encoders, parameters, strict=True)]
        self.libpq.send_query_prepared(name, values, [Format.BINARY] * len(values), Format.BINARY)
        yield True

    def _rows(self, result: PGresult) -> Rows:
        self.reading.set_pgresult(result)
        return self.reading.load_rows(0, result.ntuples, tuple)

    async def _flush(self) -> None:
        while self.libpq.flush():  # the socket is full; what comes meanwhile is read by `_on_readable`
            writable = self.loop.create_future()
            self.loop.add_writer(self.fd, _wake, writable)
            try:
                await writable
            finally:
                self.loop.remove_writer(self.fd)

    async def _result(self) -> PGresult:
        """The next result; what only says that a query has no more of them is passed over."""
        while True:
            if self.libpq.is_busy():
                if self.fault is not None:
                    raise self.fault
                self.waiter = self.loop.create_future()
                await self.waiter
            elif (result := self.libpq.get_result()) is not None:
                return result

    def _on_readable(self) -> None:
        try:
            self.libpq.consume_input()
        except psycopg.Error as fault:
            self.fault = fault
            self.loop.remove_reader(self.fd)
        if self.waiter is not None and (self.fault is not None or not self.libpq.is_busy()):
            _wake(self.waiter)
            self.waiter = None


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


# -- parameters, in PostgreSQL's binary form --------------------------------------------------------------------------


@cache
def _parsed(sql: str) -> tuple[bytes, tuple[Callable[[Any], bytes], ...]]:
    kinds = _PARAMETER.findall(sql)
    numbers = iter(range(1, len(kinds) + 1))
    text = _PARAMETER.sub(lambda found: f"${next(numbers)}::{found[1]}", sql)
    return text.encode(), tuple(_ENCODERS[kind] for kind in kinds)


def _array(oid: int, parts: list[bytes]) -> bytes:
    return _header(1, 0, oid, len(parts), 1) + b"".join(parts)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "timestamptz": lambda at: _stamp(_micros(at)),
    "uuid[]": lambda ids: _array(2950, [_UUID_SIZE + one.bytes for one in ids]),
    "int[]": lambda numbers: _array(23, [_int4(4, one) for one in numbers]),
    "bigint[]": lambda numbers: _array(20, [_NULL if one is None else _int8(8, one) for one in numbers]),
    "bytea[]": lambda texts: _array(17, [_size(len(one)) + one for one in texts]),
    "timestamptz[]": lambda times: _array(1184, [_int8(8, _micros(at)) for at in times]),
}
