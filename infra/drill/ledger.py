"""The ledger: what every client said, was answered and heard, from the clients' journals, read while they grow."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from infra.drill.journal import Line


class Event(NamedTuple):
    """One event as it was shown; all but `seq` is None for what is no message."""

    seq: int
    id: str | None = None
    mark: str | None = None
    sent_at: str | None = None


class Ack(NamedTuple):
    """What the server called committed."""

    at: float
    conversation: str
    seq: int | None
    id: str


class Heard(NamedTuple):
    """A range of a stream: everything that was for this client in (after, to]."""

    at: float
    after: int
    to: int
    events: tuple[Event, ...]


class Snapshot(NamedTuple):
    """The client read the stream anew, as it was at `seq`."""

    at: float
    seq: int
    events: tuple[Event, ...]


class Resync(NamedTuple):
    """The server would not tell everything; what comes before the next snapshot is not looked at."""

    at: float


@dataclass
class Account:
    """One client. Marks name messages, streams are conversations or `inbox`."""

    name: str
    queued: dict[str, tuple[float, str]] = field(default_factory=dict)  # mark → (when, conversation)
    acked: dict[str, list[Ack]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, str] = field(default_factory=dict)  # mark → code
    course: dict[str, list[Heard | Snapshot | Resync]] = field(default_factory=lambda: defaultdict(list))
    cursors: dict[str, int] = field(default_factory=dict)
    welcomes: list[tuple[float, str]] = field(default_factory=list)  # (when, server)
    statuses: list[tuple[float, str]] = field(default_factory=list)
    byes: list[tuple[float, int, bool]] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Enter one line of the journal."""
        kind, at, *what = line
        match kind:
            case "queued":
                self.queued[what[0]] = (at, what[1])
            case "acked":
                mark, _, conversation, seq, id_ = what
                self.acked[mark].append(Ack(at, conversation, seq, id_))
            case "refused":
                self.refused[what[0]] = what[2]
            case "heard":
                stream, after, to, events = what
                self.course[stream].append(Heard(at, after, to, tuple(Event(*event) for event in events)))
            case "snapshot":
                stream, seq, events = what
                self.course[stream].append(Snapshot(at, seq, tuple(Event(*event) for event in events)))
            case "resync":
                self.course[what[0]].append(Resync(at))
            case "cursors":
                self.cursors.update(what[0])
            case "welcome":
                self.welcomes.append((at, what[0]))
            case "status":
                self.statuses.append((at, what[0]))
            case "bye":
                self.byes.append((at, what[0], what[1]))

    def unanswered(self) -> int:
        """Messages that wait for an answer."""
        return len(self.queued.keys() - self.acked.keys() - self.refused.keys())


class Ledger:
    """All accounts. `read_more` enters what the journals in `folder` have gained."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.accounts = {name: Account(name) for name in names}
        self.left: set[tuple[str, str]] = set()  # (client, conversation): nothing more is due there
        self._read: dict[str, int] = {}

    def read_more(self) -> None:
        """Enter all whole lines that are new."""
        for name, account in self.accounts.items():
            path = self.folder / f"{name}.jsonl"
            if not path.exists():
                continue
            with path.open("rb") as file:
                file.seek(self._read.get(name, 0))
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._read[name] = self._read.get(name, 0) + len(whole)
            for line in whole.splitlines():
                account.take(json.loads(line))

    def acked(self) -> int:
        """Messages that some client was told are committed."""
        return sum(len(account.acked) for account in self.accounts.values())

    def unanswered(self) -> int:
        """Messages that wait for an answer."""
        return sum(account.unanswered() for account in self.accounts.values())

    def heads(self) -> dict[str, int]:
        """How far each conversation goes, by the acks."""
        heads: dict[str, int] = {}
        for account in self.accounts.values():
            for acks in account.acked.values():
                for ack in acks:
                    if ack.seq is not None:
                        heads[ack.conversation] = max(heads.get(ack.conversation, 0), ack.seq)
        return heads

    def behind(self, heads: Mapping[str, int]) -> list[str]:
        """The clients that are not there yet in one of their conversations."""
        return [
            name
            for name, account in self.accounts.items()
            if any(
                seq < heads.get(stream, 0) and (name, stream) not in self.left
                for stream, seq in account.cursors.items()
            )
        ]

    def window(self, since: float, until: float) -> Window:
        """What happened between two moments."""
        said: dict[str, float] = {}
        for account in self.accounts.values():
            said |= {mark: at for mark, (at, _) in account.queued.items()}
        acked, delays, silence, answers = 0, [], 0.0, []
        for account in self.accounts.values():
            last = since
            for mark, acks in account.acked.items():
                if since <= acks[0].at < until:
                    acked += 1
                    if mark in said:
                        answers.append(acks[0].at - said[mark])
            times = []
            for course in account.course.values():
                for heard in course:
                    if isinstance(heard, Heard) and since <= heard.at < until:
                        times.append(heard.at)
                        delays += [
                            heard.at - said[event.mark]
                            for event in heard.events
                            if event.mark in said and said[event.mark] >= since
                        ]
            for at in sorted(times):
                silence, last = max(silence, at - last), at
            silence = max(silence, until - last)
        opened = sum(since <= at < until for account in self.accounts.values() for at, _ in account.welcomes)
        return Window(until - since, acked, len(delays), sorted(delays), sorted(answers), silence, opened)


class Window(NamedTuple):
    """Figures of a stretch of time, in seconds: delays from a message's first try to each copy of it."""

    seconds: float
    acked: int
    delivered: int
    delays: list[float]
    answers: list[float]
    silence: float  # the longest time in which some client heard nothing
    opened: int  # connections

    def delay(self, share: float) -> float:
        """The delay that this share of the deliveries does not exceed."""
        return quantile(self.delays, share)


def quantile(ordered: list[float], share: float) -> float:
    """The value that this share of an ordered list does not exceed; 0.0 of nothing."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
