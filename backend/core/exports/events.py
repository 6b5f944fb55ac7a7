"""What an inbox says of a file that was asked for: which one, and how it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from backend.core.exports.models import Export
from backend.core.push.queries import woken_while
from backend.core.push.registry import Place, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams import registry
from backend.core.streams.item import Item
from backend.core.streams.models import Event

EXPORT_READY = "export.ready"  # ref: the export


def register() -> None:
    """Called at `ready()`. It wakes: if somebody else has the code, the member should hear of it."""
    registry.register_renderer(kinds=[EXPORT_READY], renderer=render)
    register_woken(kinds=[EXPORT_READY], as_kind=Kind.ACCOUNT, woken=woken, while_suspended=True)


def render(events: Sequence[Event]) -> Iterable[Item]:
    """`ready` or `failed`; `over` once it is dropped. Nothing of what is in it."""
    states = dict(Export.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    for event in events:
        state = states.get(event.ref, "over") if event.ref else "over"
        yield Item(
            seq=event.seq,
            data=orjson.dumps({"type": event.kind, "seq": event.seq, "export": event.ref, "state": state}),
        )


def woken(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The member, as long as there is something to fetch, or to ask for again."""
    states = dict(Export.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    return woken_while(events, states, ("ready", "failed"))
