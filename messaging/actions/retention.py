"""What is kept for a while only."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core.db import claim, write
from messaging.models import MessageVersion

SUPERSEDED_KEPT = timedelta(days=30)
AT_ONCE = 500


@write
def drop_superseded(*, now: datetime) -> int:
    """Forget texts that were edited or retracted 30 days ago; their tags stay. → how many; call again until 0."""
    due = MessageVersion.objects.filter(body__isnull=False, superseded_at__lte=now - SUPERSEDED_KEPT)
    rows = claim(due.order_by("superseded_at"), limit=AT_ONCE)
    MessageVersion.objects.filter(id__in=[row.pk for row in rows]).update(body=None)
    return len(rows)
