"""What happened becomes deliveries: wishes as they are, streams from where they were last looked at.

A message's event is its own outbox: nothing is written for a push when somebody sends. `unpushed` on the head says
that there is something behind the cursor, and only such streams are found, however many there are.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from backend.core.db import claim, write
from backend.core.push import registry
from backend.core.push.actions.waking import TTL, Reasons, wake
from backend.core.push.models import Wish
from backend.core.streams.models import Event

WISHES = 200
STREAMS = 100
EVENTS = 500  # of one stream at once

# A stream that was made after this table has none yet.
NEW_CURSORS = """
INSERT INTO push_cursor (stream_id, seq)
SELECT s.id, 0 FROM streams_stream s
WHERE s.unpushed AND NOT EXISTS (SELECT FROM push_cursor c WHERE c.stream_id = s.id)
ORDER BY s.id LIMIT %s
ON CONFLICT DO NOTHING
"""
# The head is only read; the cursor is what a worker holds.
CLAIM = """
SELECT c.stream_id, c.seq, s.head FROM streams_stream s JOIN push_cursor c ON c.stream_id = s.id
WHERE s.unpushed LIMIT %s FOR UPDATE OF c SKIP LOCKED
"""
BEHIND = """
SELECT e.stream_id, e.seq, e.kind, e.ref, e.number, e.at FROM unnest(%s::uuid[], %s::bigint[]) AS r(id, after)
CROSS JOIN LATERAL (SELECT * FROM streams_event WHERE stream_id = r.id AND seq > r.after ORDER BY seq LIMIT %s) e
"""
MOVE = """
UPDATE push_cursor c SET seq = m.seq FROM unnest(%s::uuid[], %s::bigint[]) AS m(id, seq) WHERE c.stream_id = m.id
"""
# Last, and only where nothing has come meanwhile: heads are what senders wait for.
LOOKED_AT = """
UPDATE streams_stream SET unpushed = false WHERE id IN (
  SELECT s.id FROM streams_stream s JOIN unnest(%s::uuid[], %s::bigint[]) AS m(id, seq) ON m.id = s.id
  WHERE m.seq >= s.head ORDER BY s.id FOR UPDATE OF s SKIP LOCKED)
"""


@write
def expand_wishes(*, now: datetime) -> int:
    """→ how many wishes were taken up; call again until 0."""
    wishes = claim(Wish.objects.order_by("id"), limit=WISHES)
    reasons: dict[UUID, Reasons] = {}
    for wish in wishes:
        if wish.at > now - TTL:
            reasons.setdefault(wish.account_id, Reasons()).wished.add(wish.kind)
    wake(reasons, now=now)
    Wish.objects.filter(id__in=[wish.id for wish in wishes]).delete()
    return len(wishes)


def expand_streams(*, now: datetime) -> int:
    """→ how many streams were looked at, 0 when none is left; call again until 0."""
    _begin_cursors()
    return _expand(now=now)


@write
def _begin_cursors() -> None:
    """By itself: who inserts the same one waits for the end of the other's write, which is to be at once."""
    with connection.cursor() as cursor:
        cursor.execute(NEW_CURSORS, [STREAMS])


@write
def _expand(*, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [STREAMS])
        behind = {stream: (seq, head) for stream, seq, head in cursor.fetchall()}
        if not behind:
            return 0
        cursor.execute(BEHIND, [list(behind), [seq for seq, _ in behind.values()], EVENTS])
        events = [
            Event(stream_id=stream, seq=seq, kind=kind, ref=ref, number=number, at=at)
            for stream, seq, kind, ref, number, at in cursor.fetchall()
        ]
    reached = {stream: head for stream, (_, head) in behind.items()}
    for stream, seqs in _by_stream(events).items():
        # More may have come than the head that was read tells; a full page may be less than it.
        reached[stream] = seqs[-1] if len(seqs) == EVENTS else max(reached[stream], seqs[-1])
    fresh = [event for event in events if event.at > now - TTL]
    woken = registry.woken_by(fresh, at=now)
    wake({account: Reasons(heard=heard) for account, heard in woken.items()}, now=now)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [list(reached), list(reached.values())])
        cursor.execute(LOOKED_AT, [list(reached), list(reached.values())])
    # What is hot is behind again at once: that waits for the next tick.
    more = len(behind) == STREAMS or any(len(seqs) == EVENTS for seqs in _by_stream(events).values())
    return len(behind) if more else 0


def _by_stream(events: list[Event]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = {}
    for event in events:
        found.setdefault(event.stream_id, []).append(event.seq)
    return {stream: sorted(seqs) for stream, seqs in found.items()}
