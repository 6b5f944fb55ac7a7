"""The socket `/ws`.

A plain ASGI application under Channels' router. `docs/streams.md` and `docs/asyncapi.yaml` say what it speaks.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from backend.core.accounts.actions.tickets import Redeemed, redeem_ticket
from backend.core.accounts.queries import session_is_open
from backend.core.errors import DomainError, TooMany, Unavailable
from backend.core.streams.item import INBOX
from backend.core.streams.places import Conn
from backend.core.streams.wire import payload_of, text_frame
from messaging.accepting.batch import Accepted, Outcome, Send, ToHold
from messaging.actions.held import hold_message
from messaging.actions.messages import mark_read
from messaging.frames import FrameRefused, Hello, Ping, Read, Resume, Say, parse_frame
from messaging.models import HeldMessage
from messaging.payloads import dump, utc
from messaging.process import HEARTBEAT_S, Process, current, utc_now

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]

PROTOCOL = "naast.v1"
HELLO_S = 10.0
GRACE_S = 1.0  # to say goodbye to a client that does not read
SOCKETS = 5  # of one session at once
SPREAD_S = 5.0  # over which the clients of a stopping process come back

TICKET, REVOKED, LOCKED, TOO_MANY, BAD_PROTOCOL, RESTART = 4001, 4003, 4004, 4008, 4010, 4012


async def socket(
    scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """One WebSocket connection, from its handshake to its end."""
    await receive()  # websocket.connect
    process = current()
    offered = scope.get("subprotocols", ())
    chosen = PROTOCOL if PROTOCOL in offered else None
    # Accepted first, even to be refused: a browser never learns the reason of a refused handshake.
    await send({"type": "websocket.accept", "subprotocol": chosen})
    if process is None or chosen is None or not _origin_allowed(scope):
        code = RESTART if process is None else BAD_PROTOCOL
        await send({"type": "websocket.close", "code": code})
        return
    ticket = next((word[7:] for word in offered if word.startswith("ticket.")), "")
    try:
        entry = await process.source.run(partial(redeem_ticket, ticket=ticket, now=utc_now()))
    except Exception:  # the database is away: the client comes back with another ticket
        await send({"type": "websocket.close", "code": RESTART})
        return
    if entry is None or entry.locked or entry.revoked:
        code = TICKET if entry is None else LOCKED if entry.locked else REVOKED
        await send({"type": "websocket.close", "code": code})
        return
    await Socket(process, scope, send, entry).run(receive)


def _origin_allowed(scope: Scope) -> bool:
    """Browsers name where they come from; native clients do not."""
    origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
    return origin is None or origin in settings.NAAST_ORIGINS


class Socket:
    """One signed-in connection."""

    def __init__(
        self,
        process: Process,
        scope: Scope,
        send: Callable[[Message], Awaitable[None]],
        entry: Redeemed,
    ) -> None:
        self.process = process
        self.send = send
        self.entry = entry
        self.transport = scope.get("extensions", {}).get("naast.transport")
        self.conn = Conn(
            account=entry.account,
            session=entry.session,
            inbox=entry.inbox,
            write=self.transport.write if self.transport else self._write_slowly,
            post=self.post,
            close=self.close,
            unsent=self.transport.unsent if self.transport else lambda: 0,
        )
        self.pace = process.pace_of(entry.session)
        self.seen_at = time.monotonic()
        self.turn = random.randrange(20)
        self.greeted = self.closing = False
        self.out: list[bytes] = []
        self.ending: asyncio.TimerHandle | None = None  # of a session on a shared device
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self, receive: Callable[[], Awaitable[Message]]) -> None:
        """Until the client or the server ends it."""
        self.process.sockets.add(self)
        self.pace.sockets += 1
        timer = self.process.loop.call_later(HELLO_S, self._check_hello)
        try:
            if self.pace.sockets > SOCKETS:
                self.close(TOO_MANY, False)
            elif self.transport is not None:
                self.transport.on_text = self.hear
                self.transport.on_full = partial(self.process.hub.pause, self.conn)
                self.transport.on_room = partial(self.process.hub.unpause, self.conn)
                self.transport.on_shutdown = partial(self.close, RESTART, True)
            while (event := await receive())["type"] != "websocket.disconnect":
                text = event.get("text")
                self.hear(text) if text is not None else self.close(BAD_PROTOCOL, False)
        finally:
            timer.cancel()
            if self.ending is not None:
                self.ending.cancel()
            self.closing = True
            self.process.hub.detach(self.conn)
            self.process.sockets.discard(self)
            self.pace.sockets -= 1

    # -- what the client says -----------------------------------------------------------------------------------------

    def hear(self, text: bytes | str) -> None:
        """Take one frame. Sends are answered after their commit; nothing here waits."""
        if self.closing:
            return
        self.seen_at = time.monotonic()
        if not self.pace.frame(now=self.seen_at):
            self.close(TOO_MANY, False)
            return
        try:
            frame = parse_frame(text)
        except FrameRefused:
            self.close(BAD_PROTOCOL, False)
            return
        if isinstance(frame, Hello):
            if self.greeted:
                self.close(BAD_PROTOCOL, False)
                return
            self.greeted = True
            self._spawn(self._greet(frame))
            return
        if not self.greeted:
            self.close(BAD_PROTOCOL, False)
            return
        match frame:
            case Say():
                self._say(frame)
            case Resume():
                self.process.hub.resume(self.conn, self._streams(frame.cursors))
            case Read():
                self._spawn(self._read(frame))
            case Ping():
                self.tell({"op": "pong"})

    async def _greet(self, hello: Hello) -> None:
        try:
            heads = await self.process.hub.attach(self.conn, self._streams(hello.cursors))
            # A revoke between the ticket and here rang for nobody; it left a higher head, though.
            if heads.get(self.conn.inbox, 0) > self.entry.inbox_head:
                still = partial(session_is_open, session=self.conn.session, now=utc_now())
                if not await self.process.source.run(still):
                    self.close(REVOKED, False)
                    return
        except Exception:  # the database is away: the client comes back and loses nothing
            self.close(RESTART, True)
            return
        if self.entry.expires_at is not None:
            left = (self.entry.expires_at - utc_now()).total_seconds()
            self.ending = self.process.loop.call_later(max(0.0, left), self.close, REVOKED, False)
        told = {self._name(stream): head for stream, head in heads.items()}
        self._write({"op": "welcome", "session": self.conn.session, "heartbeat_s": HEARTBEAT_S, "heads": told})
        self.process.hub.catch_up(self.conn)

    def _say(self, frame: Say) -> None:
        wait = self.pace.send(now=self.seen_at)
        fault = TooMany(retry_after=wait) if wait else frame.fault
        if fault is not None or frame.conversation is None:
            self._nack(frame.cid, fault or TooMany())
            return
        send = Send(
            account=self.conn.account,
            session=self.conn.session,
            conversation=frame.conversation,
            client_id=frame.cid,
            body=frame.body,
            reply_to=frame.reply_to,
        )
        self.process.writer.put(send).add_done_callback(partial(self._answer, send))

    def _answer(self, send: Send, answer: asyncio.Future[Outcome]) -> None:
        outcome = answer.result()
        if isinstance(outcome, ToHold):
            self._spawn(self._hold(send))
        else:
            self._tell_outcome(send.client_id, outcome)

    async def _hold(self, send: Send) -> None:
        """What waits for a person is written by itself, in a thread; then it is answered like any other."""
        try:
            held = await self.process.source.run(partial(hold_message, send=send, now=utc_now()))
        except DomainError as fault:
            self._nack(send.client_id, fault)
        except Exception:  # the database is away: the same send may be made again
            self._nack(send.client_id, Unavailable())
        else:
            self._tell_outcome(send.client_id, held)

    def _tell_outcome(self, cid: UUID, outcome: Accepted | HeldMessage | DomainError) -> None:
        if isinstance(outcome, DomainError):
            self._nack(cid, outcome)
            return
        if isinstance(outcome, HeldMessage):
            place, state, at = outcome.conversation_id, "held" if outcome.seq is None else "sent", outcome.held_at
        else:
            place, state, at = outcome.conversation, "sent", outcome.sent_at
        told = {"op": "ack", "cid": cid, "conversation": place, "seq": outcome.seq, "state": state, "id": outcome.id}
        self.tell({**told, "sent_at": utc(at)})

    def _nack(self, cid: UUID, fault: DomainError) -> None:
        problem: dict[str, Any] = {"code": fault.code, "status": fault.status}
        if fault.retry_after is not None:
            problem["retry_after"] = round(fault.retry_after, 3)
        if fault.errors:
            problem["errors"] = [{"pointer": error.pointer, "code": error.code} for error in fault.errors]
        self.tell({"op": "nack", "cid": cid, "problem": problem})

    async def _read(self, frame: Read) -> None:
        """Private, so a wrong one is not worth an answer."""
        mark = partial(mark_read, by=self.conn.account, conversation=frame.conversation, seq=frame.seq, now=utc_now())
        try:
            moved = await self.process.source.run(mark)
        except Exception:  # or the database is away: the client's next mark says the same and more
            return
        if moved:
            told = {"op": "read.moved", "conversation": str(frame.conversation), "seq": frame.seq}
            self.process.tell_devices(self.conn.account, told)

    # -- what the server says -----------------------------------------------------------------------------------------

    def tell_heads(self) -> None:
        """Where the streams are: a client that is behind asks again."""
        if self.greeted and not self.conn.paused and self.conn.places:
            heads = {self._name(stream): place.channel.last for stream, place in self.conn.places.items()}
            self._write({"op": "heads", "heads": heads})

    def tell(self, told: Mapping[str, Any]) -> None:
        """Say something."""
        self.post(text_frame(dump(dict(told))))

    def post(self, frame: bytes) -> None:
        """What is said in one loop tick goes out in one write."""
        if not self.out:
            self.process.loop.call_soon(self._flush)
        self.out.append(frame)

    def close(self, code: int, resumable: bool) -> None:
        """Say `bye` and end the connection; whoever does not take it in time is cut off."""
        if not self.closing:
            self.closing = True
            self.process.hub.detach(self.conn)
            self._spawn(self._end(code, resumable))

    async def _end(self, code: int, resumable: bool) -> None:
        bye = {"op": "bye", "code": code, "resumable": resumable}
        if code == RESTART:
            bye["retry_after"] = round(random.uniform(0, SPREAD_S), 3)
        try:
            async with asyncio.timeout(GRACE_S):
                await self.send({"type": "websocket.send", "text": orjson.dumps(bye).decode()})
                await self.send({"type": "websocket.close", "code": code})
        except Exception:  # gone already, or not reading
            if self.transport is not None:
                self.transport.abort()

    def _flush(self) -> None:
        frames, self.out = self.out, []
        if not self.closing:
            self.conn.write(b"".join(frames)) if self.transport else [self.conn.write(frame) for frame in frames]

    def _write(self, told: Mapping[str, Any]) -> None:
        if not self.closing:
            self.conn.write(text_frame(orjson.dumps(told)))

    def _write_slowly(self, frame: bytes) -> None:
        """On a server that does not hand out its transport (Channels' test tools)."""
        self._spawn(self.send({"type": "websocket.send", "text": payload_of(frame).decode()}))

    def _check_hello(self) -> None:
        if not self.greeted:
            self.close(BAD_PROTOCOL, False)

    def _streams(self, cursors: Mapping[str, int]) -> dict[UUID, int]:
        return {self.conn.inbox if name == INBOX else UUID(name): seq for name, seq in cursors.items()}

    def _name(self, stream: UUID) -> str:
        return INBOX if stream == self.conn.inbox else str(stream)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.warning("socket: %s", type(fault).__name__)
