"""What is to be said: each message until its final answer, in order within each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from infra.client.rest import Refused
from infra.client.state import State, Unsent

AGAIN = (429, 503)  # not refused, only not now


@dataclass(frozen=True, slots=True)
class Ack:
    """The server has committed it. `seq` is None while it is held."""

    cid: str
    conversation: str
    seq: int | None
    state: str
    id: str
    sent_at: str


class Outbox:
    """One message of each conversation is under way at a time, so that none overtakes another.

    `send` hands a frame to the connection; while there is none, `started` is False and everything waits.
    """

    def __init__(self, state: State, send: Callable[[Mapping[str, Any]], None]) -> None:
        self.state = state
        self.send = send
        self.started = False
        self.under_way: dict[str, str] = {}  # conversation → cid
        self.waiting: dict[str, asyncio.TimerHandle] = {}  # conversation → not before
        self.answers: dict[str, asyncio.Future[Ack]] = {}

    def put(self, *, conversation: str, body: str, reply_to: int | None = None) -> asyncio.Future[Ack]:
        """Keep it safe, then send it as soon as may be. The future ends with its Ack, or raises Refused."""
        entry = Unsent(cid=str(uuid4()), conversation=conversation, body=body, reply_to=reply_to)
        self.state.outbox.append(entry)
        self.state.save()
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self.answers[entry.cid] = answer
        self.pump()
        return answer

    def start(self) -> None:
        """A connection is there: say again whatever has no answer."""
        self.started = True
        self.pump()

    def stop(self) -> None:
        """The connection is gone; nobody knows what of that under way arrived."""
        self.started = False
        self.under_way.clear()
        for timer in self.waiting.values():
            timer.cancel()
        self.waiting.clear()

    def pump(self) -> None:
        """Send the first message of each conversation that has none under way."""
        if not self.started:
            return
        for entry in self.state.outbox:
            if entry.conversation in self.under_way or entry.conversation in self.waiting:
                continue
            self.under_way[entry.conversation] = entry.cid
            frame = {"op": "send", "cid": entry.cid, "conversation": entry.conversation, "body": entry.body}
            self.send(frame if entry.reply_to is None else {**frame, "reply_to": entry.reply_to})

    def take_ack(self, frame: Mapping[str, Any]) -> None:
        """It is committed: it leaves the outbox."""
        names = ("cid", "conversation", "seq", "state", "id", "sent_at")
        answer = self._leave(frame["cid"])
        if answer is not None and not answer.done():
            answer.set_result(Ack(**{name: frame[name] for name in names}))
        self.pump()

    def take_nack(self, frame: Mapping[str, Any]) -> None:
        """Not now: try again when the server says. Never: it leaves the outbox."""
        problem = frame["problem"]
        cid = frame["cid"]
        conversation = next((name for name, under_way in self.under_way.items() if under_way == cid), None)
        if problem["status"] in AGAIN and conversation is not None:
            del self.under_way[conversation]
            loop = asyncio.get_running_loop()
            delay = problem.get("retry_after", 1.0)
            self.waiting[conversation] = loop.call_later(delay, self._try_again, conversation)
            return
        answer = self._leave(cid)
        if answer is not None and not answer.done():
            answer.set_exception(Refused.of(problem))
            answer.exception()  # whoever waits for it is told; nobody has to
        self.pump()

    def _try_again(self, conversation: str) -> None:
        del self.waiting[conversation]
        self.pump()

    def _leave(self, cid: str) -> asyncio.Future[Ack] | None:
        self.state.outbox[:] = [entry for entry in self.state.outbox if entry.cid != cid]
        self.under_way = {name: under_way for name, under_way in self.under_way.items() if under_way != cid}
        self.state.save()
        return self.answers.pop(cid, None)
