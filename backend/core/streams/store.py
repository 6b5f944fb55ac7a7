"""Writing and reading streams. `record` is called by the outermost write only; everything else appends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from backend.core.pending import PendingEvent
from backend.core.streams import registry
from backend.core.streams.item import Batch, Item
from backend.core.streams.models import Event, Stream

LOCK_HEADS = "SELECT id, head, at FROM streams_stream WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
MOVE_HEADS = """
UPDATE streams_stream s SET head = m.head, at = m.at, unpushed = true
FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[]) AS m(id, head, at) WHERE s.id = m.id
"""
BETWEEN = """
SELECT e.stream_id, e.seq, e.kind, e.ref, e.number, e.at
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS r(id, after, upto)
CROSS JOIN LATERAL (
  SELECT * FROM streams_event
  WHERE stream_id = r.id AND seq > r.after AND seq <= r.upto ORDER BY seq LIMIT r.upto - r.after) e
ORDER BY e.stream_id, e.seq
"""

_announcer: Callable[[Sequence[Batch]], None] | None = None


def create_stream(*, stream: UUID, at: datetime) -> None:
    """Make an empty stream; its first event has seq 1."""
    Stream.objects.create(id=stream, head=0, at=at)


def record(pending: Sequence[PendingEvent]) -> list[Batch]:
    """Give each event its seq and insert it: heads in stream-id order (no deadlocks), gapless, in commit order."""
    if not pending:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LOCK_HEADS, [sorted({event.stream for event in pending})])
        heads = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
        before = {stream: head for stream, (head, _) in heads.items()}
        rows = []
        for event in pending:
            head, at = heads[event.stream]
            heads[event.stream] = (head + 1, max(at, event.at))
            rows.append(
                Event(
                    stream_id=event.stream,
                    seq=head + 1,
                    kind=event.kind,
                    ref=event.ref,
                    number=event.number,
                    at=heads[event.stream][1],
                )
            )
        ids = sorted(heads)
        cursor.execute(MOVE_HEADS, [ids, [heads[i][0] for i in ids], [heads[i][1] for i in ids]])
    Event.objects.bulk_create(rows)
    for event, row in zip(pending, rows, strict=True):
        if event.on_seq is not None:
            event.on_seq(row.seq)
    return [Batch(stream=i, after=before[i], to=heads[i][0]) for i in ids]


def set_announcer(announcer: Callable[[Sequence[Batch]], None] | None) -> None:
    """How this process tells of its commits; set when it starts to serve. Without one, readers poll the heads."""
    global _announcer
    _announcer = announcer


def announce(batches: Sequence[Batch]) -> None:
    """Ring for what has been committed. A lost ring costs time, never an event."""
    if _announcer is not None and batches:
        _announcer(batches)


def since(*, stream: UUID, after: int, limit: int = 200) -> tuple[int, list[Item]]:
    """(to, items): everything in (after, to], rendered as it is true now."""
    events = list(Event.objects.filter(stream_id=stream, seq__gt=after).order_by("seq")[:limit])
    return (events[-1].seq if events else after), registry.render(events)


def between(*, ranges: Mapping[UUID, tuple[int, int]]) -> dict[UUID, list[Item]]:
    """For each stream everything in its (after, to]; the number of queries does not grow with the streams."""
    items: dict[UUID, list[Item]] = {stream: [] for stream in ranges}
    if not ranges:
        return items
    with connection.cursor() as cursor:
        afters, tos = zip(*ranges.values(), strict=True)
        cursor.execute(BETWEEN, [list(ranges), list(afters), list(tos)])
        events = [
            Event(stream_id=stream, seq=seq, kind=kind, ref=ref, number=number, at=at)
            for stream, seq, kind, ref, number, at in cursor.fetchall()
        ]
    for event, item in zip(events, registry.render(events), strict=True):
        items[event.stream_id].append(item)
    return items


def heads_of(streams: Iterable[UUID]) -> dict[UUID, int]:
    """The head of each stream that exists."""
    return dict(Stream.objects.filter(id__in=list(streams)).values_list("id", "head"))
