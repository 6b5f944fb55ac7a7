"""A tick costs by what is due, not by how many streams there are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from backend.core.push.actions.expanding import CLAIM, NEW_CURSORS, expand_streams
from backend.core.push.models import Cursor
from backend.core.streams.models import Stream
from tests.cast import utc_now

pytestmark = pytest.mark.django_db
MANY, DUE = 100_000, 20
IDLE = """
INSERT INTO streams_stream (id, head, at, unpushed)
SELECT md5(n::text)::uuid, 3, %s, false FROM generate_series(1, %s) AS n
"""
READ = "INSERT INTO push_cursor (stream_id, seq) SELECT id, head FROM streams_stream ON CONFLICT DO NOTHING"


def pages_read(statement: str) -> int:
    """How many pages of the database the statement looks at."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", [100])
        told: Any = cursor.fetchone()[0]
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_among_a_hundred_thousand_idle_streams_only_what_moved_is_looked_at() -> None:
    with connection.cursor() as cursor:
        cursor.execute(IDLE, [utc_now(), MANY])
        cursor.execute(READ)
        cursor.execute("ANALYZE streams_stream, push_cursor")
    moved = list(Stream.objects.order_by("id").values_list("id", flat=True)[:DUE])
    Stream.objects.filter(id__in=moved).update(unpushed=True, head=4)
    for statement in (NEW_CURSORS, CLAIM):
        assert pages_read(statement) < 20 * DUE  # of some thousands
    assert expand_streams(now=utc_now()) == 0
    assert not Stream.objects.filter(unpushed=True).exists()
    assert Cursor.objects.filter(stream_id__in=moved, seq=4).count() == DUE
