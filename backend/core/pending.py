"""What a running write has collected: audit entries, stream events, and what to do after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(slots=True)
class PendingEvent:
    """An event waiting for its seq; `on_seq` runs inside the transaction once the seq is known."""

    stream: UUID
    kind: str
    at: datetime
    ref: UUID | None = None
    number: int | None = None
    on_seq: Callable[[int], None] | None = None


@dataclass(slots=True)
class PendingAudit:
    """An audit entry waiting for its place in the chain."""

    action: str
    at: datetime
    by: UUID | None
    subject: UUID | None
    data: Mapping[str, object]


@dataclass(slots=True)
class Pending:
    events: list[PendingEvent] = field(default_factory=list)
    audit: list[PendingAudit] = field(default_factory=list)


running: ContextVar[Pending | None] = ContextVar("running_write", default=None)


def current() -> Pending:
    """The running write; collecting outside one is a programming error."""
    pending = running.get()
    if pending is None:
        raise RuntimeError("append() and audit() belong inside a @write")
    return pending
