"""A client's durable state and its part of the ledger at once: a file that only grows.

Each line is `[kind, t, …]`, t being CLOCK_MONOTONIC, which all processes of a machine share. What belongs together is
written by one call, so that a `kill -9` at any moment leaves either all of it or nothing; a torn last line is no line.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.client.state import State, Unsent
from infra.client.transcript import Transcript

Line = list[Any]
FILLER = "What was said on a day like this one. "


def body_of(mark: str, size: int) -> str:
    """The text of the message `mark`, made anew whenever it has to be said again."""
    return f"{mark} {FILLER * (size // len(FILLER) + 1)}"[: max(size, len(mark))].rstrip()


def mark_of(body: str | None) -> str:
    """Which message a text belongs to."""
    return (body or "").split(" ", 1)[0]


def brief(event: dict[str, Any]) -> Line:
    """What the ledger keeps of an event: `[seq]`, or `[seq, id, mark, sent_at]` of a message."""
    if event["type"] != "message.created":
        return [event["seq"]]
    return [event["seq"], event["id"], mark_of(event["body"]), event["sent_at"]]


def parse_lines(data: bytes) -> Iterator[Line]:
    """All whole lines."""
    for line in data.split(b"\n")[:-1]:
        yield json.loads(line)


class Journal:
    """One client's file. `note` collects, `flush` writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(self._fd, path.read_bytes().rfind(b"\n") + 1)
        self._noted: list[Line] = []

    def note(self, kind: str, *what: Any) -> None:
        """Something happened now."""
        self._noted.append([kind, round(time.monotonic(), 6), *what])

    def flush(self) -> None:
        """Make it safe from the death of this process."""
        if self._noted:
            noted, self._noted = self._noted, []
            os.write(self._fd, b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in noted))

    def close(self) -> None:
        """Nothing more is noted."""
        self.flush()
        os.close(self._fd)


class Unkept(Transcript):
    """The journal has it already."""

    def take(self, event: Any) -> None:
        """Keep nothing."""


@dataclass(slots=True)
class JournaledState(State):
    """The reference client's state, kept in the journal: only what changed is written."""

    journal: Journal | None = None
    saved: dict[str, int] = field(default_factory=dict)  # cursors
    known: set[str] = field(default_factory=set)  # cids that are in the journal
    said: int = 0  # messages so far: the next mark

    def save(self) -> None:
        """Write what changed since the last time, in one piece."""
        if self.journal is None:
            return
        for entry in self.outbox:
            if entry.cid not in self.known:
                self.known.add(entry.cid)
                size = len(entry.body)
                self.journal.note("queued", mark_of(entry.body), entry.conversation, entry.cid, size)
        for stream, seq in self.cursors.items():
            transcript = self.transcripts.get(stream)
            if transcript is not None and not isinstance(transcript, Unkept):  # read anew
                messages = [brief({"type": "message.created", **told}) for told in transcript.messages.values()]
                self.journal.note("snapshot", stream, seq, messages)
                self.transcripts[stream] = Unkept()
            elif stream not in self.saved:
                self.journal.note("snapshot", stream, seq, [])
                self.transcripts[stream] = Unkept()
        moved = {stream: seq for stream, seq in self.cursors.items() if self.saved.get(stream) != seq}
        if moved:
            self.journal.note("cursors", moved)
        self.saved = dict(self.cursors)
        self.journal.flush()


def load_state(journal: Journal) -> JournaledState:
    """The state as the journal tells it; a fresh one when the file is empty."""
    state = JournaledState(journal=journal)
    waiting: dict[str, Unsent] = {}
    posted: set[str] = set()  # by REST, without an answer: the process that waited for it is gone
    for kind, _, *what in parse_lines(journal.path.read_bytes()):
        if kind == "queued":
            mark, conversation, cid, size = what
            state.said = max(state.said, int(mark.split(".")[1]) + 1)
            if cid is not None:
                waiting[cid] = Unsent(cid=cid, conversation=conversation, body=body_of(mark, size))
            else:
                posted.add(mark)
        elif kind in ("acked", "refused"):
            waiting.pop(what[1], None)
            posted.discard(what[0])
        elif kind == "cursors":
            state.cursors.update(what[0])
    for mark in posted:
        journal.note("refused", mark, None, "given_up")
    journal.flush()
    state.outbox = list(waiting.values())
    state.known = set(waiting)
    state.saved = dict(state.cursors)
    state.transcripts = {stream: Unkept() for stream in state.cursors}
    return state
