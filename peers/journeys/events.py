"""What a member's own devices hear: something in the journey or the goals is different now. Nothing of what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from backend.core.streams import registry
from backend.core.streams.item import Item
from backend.core.streams.models import Event

JOURNEY_CHANGED = "journey.changed"


def render(events: Sequence[Event]) -> Iterable[Item]:
    """Read them again."""
    for event in events:
        yield Item(seq=event.seq, data=orjson.dumps({"type": event.kind, "seq": event.seq}))


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[JOURNEY_CHANGED], renderer=render)
