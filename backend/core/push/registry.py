"""Who is woken by what happens in a stream: each app says it for its own kinds of events, at `ready()`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event

Place = tuple[UUID, int]
"""A stream and a seq in it."""

Woken = Callable[[Sequence[Event], datetime], Mapping[Place, Collection[UUID]]]
"""`woken(events, at)` → the accounts that each of the events wakes; events of its kinds, in any number of streams.

It is asked twice: soon after the event, and once more just before the push goes out. A fixed number of queries.
"""

_woken: dict[str, tuple[Kind, Woken]] = {}


def register_woken(*, kinds: Iterable[str], as_kind: Kind, woken: Woken) -> None:
    """Called at `ready()`. An event kind that nobody registers wakes nobody."""
    for kind in kinds:
        _woken[kind] = (as_kind, woken)


def kind_of(event_kind: str) -> Kind | None:
    """What the event is for who is woken by it."""
    found = _woken.get(event_kind)
    return None if found is None else found[0]


def woken_by(events: Sequence[Event], *, at: datetime) -> dict[UUID, list[Event]]:
    """Account → the events that wake it, in the order given."""
    grouped: dict[Woken, list[Event]] = {}
    for event in events:
        if event.kind in _woken:
            grouped.setdefault(_woken[event.kind][1], []).append(event)
    found: dict[UUID, list[Event]] = {}
    for woken, some in grouped.items():
        accounts = woken(some, at)
        for event in some:
            for account in accounts.get((event.stream_id, event.seq), ()):
                found.setdefault(account, []).append(event)
    return found
