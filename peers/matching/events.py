"""What the member's inbox is told about a match.

| kind          | stream | ref |                                                                   |
|---------------|--------|-----|-------------------------------------------------------------------|
| match.changed | inbox  |     | of the member: proposals or the wait have changed, read them anew |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from backend.core.streams import registry
from backend.core.streams.item import Item
from backend.core.streams.models import Event

MATCH_CHANGED = "match.changed"


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[MATCH_CHANGED], renderer=render_matches)


def render_matches(events: Sequence[Event]) -> Iterable[Item]:
    """Says only that something changed."""
    for event in events:
        yield Item(seq=event.seq, data=orjson.dumps({"type": event.kind, "seq": event.seq}))
