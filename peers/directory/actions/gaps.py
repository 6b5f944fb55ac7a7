"""Counting searches that found nothing: what was looked for and the month, never who looked."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from backend.core.db import write
from backend.core.errors import TooMany
from backend.core.limits import Rate, take
from peers.directory.queries import Search

ONCE_A_DAY = Rate(count=1, per_s=86_400)
_COUNT = """
INSERT INTO directory_gap (month, region, language, domain, searches) VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (month, region, language, domain) DO UPDATE SET searches = directory_gap.searches + 1
"""


def count_gap(*, search: Search, network: bytes, now: datetime) -> None:
    """Count one search, at most once a day for the same cell and coarse network: no cell grows by one person alone.

    The network is kept only as a limit's key, which nobody can read and which changes each day.
    """
    cell = f"{search.region}|{search.language}|{search.domain}"
    try:
        take(name="directory_gap", key=network + cell.encode(), rate=ONCE_A_DAY, now=now, fails="open")
    except TooMany:
        return
    _count(search=search, now=now)


@write
def _count(*, search: Search, now: datetime) -> None:
    month = now.date().replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [month, search.region, search.language, search.domain])
