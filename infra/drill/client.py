"""The reference client under load: it notes all it hears before it looks at it, and moves to another server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.client import Backoff, Client, Refused, Unreachable
from infra.client.outbox import AGAIN
from infra.drill.journal import Journal, JournaledState, body_of, brief, load_state, mark_of

WINDOW = 20  # messages without an answer; a client with so many says nothing new
BY_REST = 0.1  # share of the messages
TWICE = 0.05  # share of the messages that are said again by the other server, on purpose


class Speaker(Client):
    """One person with several servers to choose from, as behind a balancer. `pace` is messages/s, `size` characters."""

    def __init__(self, name: str, urls: Sequence[str], journal: Path, *, token: str, talks: Sequence[str]) -> None:
        self.name = name
        self.urls = list(urls)
        self.talks = list(talks)
        self.pace, self.size = 0.0, 200
        self.home = self.turn = int(name[1:]) % len(self.urls)
        self.journal = Journal(journal)
        self.state: JournaledState = load_state(self.journal)
        self.state.token = token
        super().__init__(self.urls[self.turn], state=self.state, backoff=Backoff(0.2, 2.0), on_status=self._note_status)
        self.marks = {entry.cid: mark_of(entry.body) for entry in self.state.outbox}
        self.posting: set[asyncio.Task[None]] = set()

    async def talk(self) -> None:
        """Speak at the pace that is asked for, until cancelled."""
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) / self.pace if self.pace else 0.1)
            if self.pace and len(self.state.outbox) + len(self.posting) < WINDOW:
                self.speak(random.choice(self.talks))

    def speak(self, conversation: str) -> None:
        """Say the next message, by socket or by REST."""
        mark = f"{self.name}.{self.state.said}"
        self.state.said += 1
        body = body_of(mark, self.size)
        if random.random() < BY_REST:
            self.journal.note("queued", mark, conversation, None, len(body))
            self.journal.flush()
            self._spawn(self._post(mark, conversation, body))
            return
        self.say(conversation, body)
        entry = self.state.outbox[-1]
        self.marks[entry.cid] = mark
        if random.random() < TWICE:
            self._spawn(self._repeat(mark, conversation, body, entry.cid))

    async def _post(self, mark: str, conversation: str, body: str) -> None:
        try:
            told = await self.post(conversation, body)
        except Refused as refused:
            self._note("refused", mark, None, refused.code)
        else:
            self._note("acked", mark, None, conversation, told["seq"], told["id"])

    async def _repeat(self, mark: str, conversation: str, body: str, cid: str) -> None:
        """The same message by another way: the answer must be the same one."""
        with suppress(Unreachable, Refused):
            told = await self.rest.send(conversation, body, client_id=cid)
            self._note("acked", mark, cid, conversation, told["seq"], told["id"])

    # -- what it hears ------------------------------------------------------------------------------------------------

    def _welcome(self, frame: Mapping[str, Any]) -> None:
        self.journal.note("welcome", self.urls[self.turn], dict(frame["heads"]))
        super()._welcome(frame)
        self.journal.flush()

    def _take(self, frame: Mapping[str, Any]) -> None:
        match frame["op"]:
            case "events":
                events = [brief(event) for event in frame["events"]]
                self.journal.note("heard", frame["stream"], frame["after"], frame["to"], events)
            case "ack":
                cid = frame["cid"]
                mark = self.marks.get(cid, "?")
                self.journal.note("acked", mark, cid, frame["conversation"], frame["seq"], frame["id"])
            case "nack" if frame["problem"]["status"] not in AGAIN:
                cid = frame["cid"]
                self.journal.note("refused", self.marks.get(cid, "?"), cid, frame["problem"]["code"])
            case "resync":
                self.journal.note("resync", frame["stream"])
            case "bye":
                self.journal.note("bye", frame["code"], frame["resumable"], frame.get("retry_after"))
        super()._take(frame)
        self.journal.flush()

    def _note_status(self, status: str) -> None:
        self._note("status", status)
        if status == "offline":
            self.move()

    def go_home(self) -> None:
        """Leave for the first server again, so that all of them have somebody."""
        if self.turn != self.home:
            self.turn = self.home - 1
            self.cut()

    def move(self) -> None:
        """Try the next server from now on."""
        self.turn = (self.turn + 1) % len(self.urls)
        self.rest.url = self.urls[self.turn]
        self.rest.http.base_url = f"{self.rest.url}/api/v1"

    def _note(self, kind: str, *what: Any) -> None:
        self.journal.note(kind, *what)
        self.journal.flush()

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.posting.add(task)
        task.add_done_callback(self.posting.discard)
