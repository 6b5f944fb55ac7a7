"""Group commit: while one commit is in flight sends gather, the next commit takes them all. No timer.

Conversations are sharded over a few lanes, each with its own connection. A send is answered only after its commit; a
batch that fails is tried row by row, so that a bad send harms nobody else; a connection lost during a commit is
resolved by trying again, because `client_id` makes a repeat safe.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.errors import Unavailable
from backend.core.pipeline import Pipeline, Query
from backend.core.streams.item import Batch
from messaging.accepting.batch import Decision, Outcome, Send, decide, questions

log = logging.getLogger(__name__)

LANES = 2
LARGEST = 200  # sends in one commit
WAITING = 5_000  # sends that may wait in one lane before it says "not now"
PATIENCE_S = 10.0  # how long a batch is tried again when the database is away
PAUSE_S = 0.2
RACES = 3
BEGIN: Query = ("BEGIN", ())
COMMIT: Query = ("COMMIT", ())

Waiting = tuple[Send, "asyncio.Future[Outcome]"]


class Writer:
    """Accepts sends for one process.

    `connect` opens a connection, `keys_of` gives the data keys of conversations, `announce` is called with what
    each commit moved, before the senders are answered. `now` is the clock.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], Awaitable[Pipeline]],
        keys_of: Callable[[set[UUID]], Awaitable[Mapping[UUID, AESGCM]]],
        announce: Callable[[Sequence[Batch]], None],
        now: Callable[[], datetime],
        lanes: int = LANES,
        on_batch: Callable[[int, int, float], None] = lambda accepted, sends, seconds: None,
    ) -> None:
        self.connect = connect
        self.keys_of = keys_of
        self.announce = announce
        self.now = now
        self.on_batch = on_batch
        self.lanes = [_Lane(self) for _ in range(lanes)]

    def start(self) -> None:
        """Begin to work, on the running loop."""
        for lane in self.lanes:
            lane.task = asyncio.create_task(lane.run())

    async def stop(self) -> None:
        """Take nothing new, finish what waits, close the connections."""
        for lane in self.lanes:
            lane.stopping = True
            lane.wake.set()
        await asyncio.gather(*(lane.task for lane in self.lanes if lane.task), return_exceptions=True)

    def put(self, send: Send) -> asyncio.Future[Outcome]:
        """Queue a send; the future ends with its outcome, after the commit. Giving up waiting does not take it back."""
        return self.lanes[send.conversation.int % len(self.lanes)].put(send)


class _Lane:
    """One connection, one commit at a time."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.waiting: deque[Waiting] = deque()
        self.wake = asyncio.Event()
        self.stopping = False
        self.task: asyncio.Task[None] | None = None
        self.connection: Pipeline | None = None

    def put(self, send: Send) -> asyncio.Future[Outcome]:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if self.stopping or len(self.waiting) >= WAITING:
            answer.set_result(Unavailable())
        else:
            self.waiting.append((send, answer))
            self.wake.set()
        return answer

    async def run(self) -> None:
        while True:
            if not self.waiting:
                if self.stopping:
                    break
                self.wake.clear()
                await self.wake.wait()
                continue
            batch = [self.waiting.popleft() for _ in range(min(LARGEST, len(self.waiting)))]
            try:
                await self._settle(batch)
            except Exception:  # the lane must live: whoever waits is told to come again
                log.exception("batch failed")
                _answer(batch, [Unavailable()] * len(batch))
        await self._drop_connection()

    async def _settle(self, batch: list[Waiting]) -> None:
        """Commit the batch and answer; on a lost connection try again, on any other fault row by row."""
        until = asyncio.get_running_loop().time() + PATIENCE_S
        races = 0
        while True:
            try:
                outcomes = await self._commit([send for send, _ in batch])
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError):
                await self._drop_connection()
                if asyncio.get_running_loop().time() > until:
                    _answer(batch, [Unavailable()] * len(batch))
                    return
                await asyncio.sleep(PAUSE_S)
            except Exception as fault:
                await self._drop_connection()  # what it has prepared, and whether it is in a transaction, is not known
                if isinstance(fault, psycopg.errors.UniqueViolation) and races < RACES:
                    races += 1  # the same send won the race elsewhere; now it is found
                    continue
                if len(batch) == 1:
                    log.exception("send failed")
                    _answer(batch, [Unavailable()])
                    return
                for one in batch:
                    await self._settle([one])
                return
            else:
                _answer(batch, outcomes)
                return

    async def _commit(self, sends: list[Send]) -> list[Outcome]:
        begun = perf_counter()
        keys = await self.writer.keys_of({send.conversation for send in sends})
        if self.connection is None:
            self.connection = await self.writer.connect()
        decision = await _transact(self.connection, sends, keys, self.writer.now())
        self.writer.announce(decision.batches)
        accepted = sum(batch.to - batch.after for batch in decision.batches)
        self.writer.on_batch(accepted, len(sends), perf_counter() - begun)
        return decision.outcomes

    async def _drop_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()


async def _transact(
    connection: Pipeline, sends: Sequence[Send], keys: Mapping[UUID, AESGCM], now: datetime
) -> Decision:
    """One transaction in two round trips: BEGIN travels with the questions, COMMIT with the statements."""
    _, *answers = await connection.run([BEGIN, *questions(sends, now=now)])
    decision = decide(sends, answers, keys=keys, now=now)
    await connection.run([*decision.statements, COMMIT], end=True)
    return decision


def _answer(batch: list[Waiting], outcomes: Sequence[Outcome]) -> None:
    for (_, answer), outcome in zip(batch, outcomes, strict=True):
        if not answer.done():  # the client may have gone; what was accepted stays accepted
            answer.set_result(outcome)
