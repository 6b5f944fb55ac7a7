"""The ledger against the truth: what was acked is there once, and everybody was shown all of it in order.

Pure: the same ledger and truth give the same verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from infra.drill.ledger import Account, Event, Heard, Resync, Snapshot

INBOX = "inbox"


@dataclass
class Talk:
    """One conversation in the database: its head, the seqs of its events, its messages by seq."""

    head: int
    seqs: list[int]
    messages: dict[int, Event]


@dataclass
class Truth:
    """`talks` by id; by (client, conversation): `spans`, the seqs that a client is entitled to, and `seen`,
    the history that REST shows it.
    """

    talks: dict[str, Talk] = field(default_factory=dict)
    seen: dict[tuple[str, str], list[Event]] = field(default_factory=dict)
    spans: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    inboxes: dict[str, int] = field(default_factory=dict)  # client → head


class Fault(NamedTuple):
    """Something that must not be. `kind` is lost, doubled or gap."""

    kind: str
    text: str


@dataclass
class Verdict:
    """What the check found. `repeats`: events that were shown again, which the contract allows."""

    acked: int
    repeats: int
    faults: list[Fault]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each kind."""
        found = Counter(fault.kind for fault in self.faults)
        return {kind: found[kind] for kind in ("lost", "doubled", "gap")}

    def line(self) -> str:
        """The last line of the drill."""
        lost, doubled, gaps = self.counts.values()
        return f"{self.acked} acked, {lost} lost, {doubled} doubled, {gaps} gaps"


def check(accounts: Iterable[Account], truth: Truth) -> Verdict:
    """Compare all clients with the truth and, through it, with one another."""
    accounts = list(accounts)
    faults = [*_check_talks(truth)]
    places: dict[str, list[tuple[str, int]]] = {}
    for conversation, talk in truth.talks.items():
        for seq, message in talk.messages.items():
            places.setdefault(message.mark or "", []).append((conversation, seq))
    for mark, found in places.items():
        if len(found) > 1:
            faults.append(Fault("doubled", f"{mark} is there {len(found)} times: {found}"))
    repeats = 0
    for account in accounts:
        faults += _check_acks(account, truth)
        for stream in account.course:
            part = _part(truth, account.name, stream)
            if part is None:
                faults.append(Fault("doubled", f"{account.name} heard of {stream}, which is not theirs"))
                continue
            found_here, again = _check_course(account, stream, part)
            faults += found_here
            repeats += again
    faults += _check_seen(truth)
    return Verdict(sum(len(account.acked) for account in accounts), repeats, faults)


def _part(truth: Truth, name: str, conversation: str) -> Talk | None:
    """The part of a conversation that a client is entitled to, if any."""
    if conversation == INBOX:
        return Talk(head=truth.inboxes.get(name, 0), seqs=[], messages={})
    talk, span = truth.talks.get(conversation), truth.spans.get((name, conversation))
    if talk is None or span is None:
        return None
    first, last = span
    kept = {seq: message for seq, message in talk.messages.items() if first <= seq <= last}
    return Talk(head=min(talk.head, last), seqs=talk.seqs, messages=kept)


def _check_talks(truth: Truth) -> Iterator[Fault]:
    """Each stream is 1, 2, 3, … to its head; its clock does not run backwards."""
    for conversation, talk in truth.talks.items():
        missing = sorted(set(range(1, talk.head + 1)) - set(talk.seqs))
        if missing:
            yield Fault("gap", f"{conversation} goes to {talk.head} and lacks {missing[:5]}")
        if len(talk.seqs) != len(set(talk.seqs)) or any(seq > talk.head for seq in talk.seqs):
            yield Fault("doubled", f"{conversation} has more events than its head {talk.head} says")
        last = datetime.min.replace(tzinfo=UTC)
        for seq, message in sorted(talk.messages.items()):
            if message.sent_at is not None:
                sent_at = datetime.fromisoformat(message.sent_at)
                if sent_at < last:
                    yield Fault("gap", f"{conversation} {seq} was said before the one before it")
                last = sent_at


def _check_acks(account: Account, truth: Truth) -> Iterator[Fault]:
    """What was acked is there, at that place, under that id; and every answer was the same one."""
    for mark, acks in account.acked.items():
        if len({(ack.conversation, ack.seq, ack.id) for ack in acks}) > 1:
            yield Fault("doubled", f"{mark} was acked in two ways: {acks}")
        first = acks[0]
        talk = truth.talks.get(first.conversation)
        message = talk.messages.get(first.seq or 0) if talk else None
        if message is None or message.id != first.id or message.mark != mark:
            yield Fault("lost", f"{mark} was acked as {first.seq} of {first.conversation}; there is {message}")


def _check_course(account: Account, stream: str, talk: Talk) -> tuple[list[Fault], int]:
    """What one client was shown of one stream: everything since it began, in order, as it is."""
    faults: list[Fault] = []
    where = f"{account.name} in {stream}"
    shown: dict[int, Event] = {}
    position: int | None = None
    repeats = 0
    for step in account.course[stream]:
        if isinstance(step, Resync):
            position = None
        elif isinstance(step, Snapshot):
            if position is None:
                position = step.seq
            faults += _enter(shown, step.events, where)
        elif position is not None:
            faults += _check_range(step, position, where)
            if step.after <= position:
                repeats += sum(event.seq <= position for event in step.events)
                faults += _enter(shown, step.events, where)
                position = max(position, step.to)
    end = -1 if position is None else position
    for seq in sorted(talk.messages.keys() - shown.keys()):
        faults.append(Fault("lost", f"{where}: {talk.messages[seq].mark} ({seq}) was never shown"))
    for seq, event in shown.items():
        if event.mark is not None and talk.messages.get(seq) != event:
            faults.append(Fault("doubled", f"{where}: {seq} was shown as {event}; there is {talk.messages.get(seq)}"))
    if end < talk.head and not any(seq > end for seq in talk.messages):
        faults.append(Fault("gap", f"{where}: told up to {end} of {talk.head}"))
    return faults, repeats


def _check_range(heard: Heard, position: int, where: str) -> Iterator[Fault]:
    seqs = [event.seq for event in heard.events]
    if heard.after > position:
        yield Fault("gap", f"{where}: at {position} when ({heard.after}, {heard.to}] came")
    if seqs != sorted(set(seqs)) or any(not heard.after < seq <= heard.to for seq in seqs):
        yield Fault("gap", f"{where}: ({heard.after}, {heard.to}] held {seqs}")


def _enter(shown: dict[int, Event], events: Iterable[Event], where: str) -> Iterator[Fault]:
    for event in events:
        before = shown.setdefault(event.seq, event)
        if before != event:
            yield Fault("doubled", f"{where}: {event.seq} was {before}, then {event}")


def _check_seen(truth: Truth) -> Iterator[Fault]:
    """The history that REST shows each member is the one in the database."""
    for (name, conversation), events in truth.seen.items():
        part = _part(truth, name, conversation)
        messages = part.messages if part is not None else {}
        there = {event.seq: event for event in events}
        for seq in sorted(messages.keys() - there.keys()):
            yield Fault("lost", f"the history of {conversation} that {name} reads lacks {seq}")
        for seq, event in there.items():
            if messages.get(seq) != event:
                yield Fault("doubled", f"{name} reads {event} in {conversation}; there is {messages.get(seq)}")
        if [event.seq for event in events] != sorted(there):
            yield Fault("gap", f"the history of {conversation} that {name} reads is not in order")
