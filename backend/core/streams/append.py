"""The one way to tell clients: everything they can see change is appended to a stream."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from backend.core import pending
from backend.core.streams import registry


def append(
    *,
    stream: UUID,
    kind: str,
    at: datetime,
    ref: UUID | None = None,
    number: int | None = None,
    on_seq: Callable[[int], None] | None = None,
) -> None:
    """Collect an event; the outermost write gives it its seq. `on_seq(seq)` runs inside that transaction."""
    if kind not in registry.kinds():
        raise ValueError(f"no renderer for {kind}")
    pending.current().events.append(pending.PendingEvent(stream, kind, at, ref, number, on_seq))
