"""What a client must not lose when it dies: who it is, how far it has read, what it has yet to send."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from infra.client.transcript import Transcript

INBOX = "inbox"


class Store(Protocol):
    """Where the state is kept. `save` returns once it is safe."""

    def load(self) -> Mapping[str, Any] | None: ...

    def save(self, told: Mapping[str, Any]) -> None: ...


class Memory:
    """Forgets when the process ends."""

    def load(self) -> Mapping[str, Any] | None:
        """Nothing is kept."""
        return None

    def save(self, told: Mapping[str, Any]) -> None:
        """Keep nothing."""


class JsonFile:
    """One file, readable by its owner alone, replaced as a whole: it is never half written.

    It holds the session's token and the talks in clear, as any app's storage does; a phone's app would seal it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last, if anything."""
        try:
            told: Mapping[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return told

    def save(self, told: Mapping[str, Any]) -> None:
        """Write beside it, then take its place."""
        beside = self.path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(told, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self.path)


@dataclass(slots=True)
class Unsent:
    """A message that has no final answer yet. `cid` makes every repeat safe."""

    cid: str
    conversation: str
    body: str
    reply_to: int | None = None


@dataclass(slots=True)
class State:
    """All that a client keeps. `cursors`: stream → seq up to which everything has been taken in.

    `conversations`: id → what the list or the inbox said of it. A stream without a cursor is read anew.
    """

    store: Store = field(default_factory=Memory)
    token: str = ""
    session: str = ""
    account: str = ""
    cursors: dict[str, int] = field(default_factory=dict)
    outbox: list[Unsent] = field(default_factory=list)
    conversations: dict[str, dict[str, Any]] = field(default_factory=dict)
    transcripts: dict[str, Transcript] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, store: Store) -> State:
        """The state as it was saved; a fresh one if there is none."""
        told = dict(store.load() or {})
        outbox = [Unsent(**entry) for entry in told.pop("outbox", ())]
        transcripts = {name: Transcript.of(inner) for name, inner in told.pop("transcripts", {}).items()}
        return cls(store=store, outbox=outbox, transcripts=transcripts, **told)

    def save(self) -> None:
        """Make it safe."""
        self.store.save(
            {
                "token": self.token,
                "session": self.session,
                "account": self.account,
                "cursors": self.cursors,
                "outbox": [asdict(entry) for entry in self.outbox],
                "conversations": self.conversations,
                "transcripts": {name: transcript.told() for name, transcript in self.transcripts.items()},
                "read": self.read,
            }
        )

    def forget(self, conversation: str) -> None:
        """A conversation that is no longer the account's; what was still to be said there stays unsaid."""
        self.cursors.pop(conversation, None)
        self.conversations.pop(conversation, None)
        self.transcripts.pop(conversation, None)
        self.read.pop(conversation, None)

    def wipe(self) -> None:
        """Forget everything: the session was ended from elsewhere."""
        self.token = self.session = self.account = ""
        for kept in (self.cursors, self.conversations, self.transcripts, self.read):
            kept.clear()
        self.outbox.clear()
        self.save()
