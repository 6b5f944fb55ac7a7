"""The same events as on a socket, asked for: for whoever cannot keep one open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.core.streams import registry, store
from backend.core.streams.hub import BEHIND
from backend.core.streams.item import Item

AT_ONCE = 500  # events in one answer, over all streams


@dataclass(frozen=True, slots=True)
class Range:
    """All that is for the viewer in (after, to]. `to` below `head`: ask again from there. `resync`: too far behind."""

    after: int
    to: int
    head: int
    items: tuple[Item, ...]
    resync: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    """`heads`: of every stream that the account follows. `ranges`: those that were asked for and are the account's."""

    heads: dict[UUID, int]
    ranges: dict[UUID, Range]


def read_events(*, account: UUID, cursors: Mapping[UUID, int]) -> Sync:
    """What has happened behind each cursor, in a fixed number of queries for any number of streams."""
    heads = store.heads_of(cursors)  # first: a view is never older than the head beside it
    views = registry.views_of(account)
    asked = {stream: after for stream, after in cursors.items() if stream in views and stream in heads}
    left, wanted = AT_ONCE, {}
    for stream, after in asked.items():
        if 0 < heads[stream] - after <= BEHIND and left:
            to = min(heads[stream], after + left)
            left -= to - after
            wanted[stream] = (after, to)
    items = store.between(ranges=wanted)
    ranges = {}
    for stream, after in asked.items():
        to = wanted.get(stream, (after, after))[1]
        seen = tuple(item for item in items.get(stream, ()) if views[stream].sees(item))
        resync = not 0 <= heads[stream] - after <= BEHIND
        ranges[stream] = Range(after=after, to=to, head=heads[stream], items=seen, resync=resync)
    return Sync(heads=store.heads_of(views), ranges=ranges)
