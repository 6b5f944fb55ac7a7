"""Figures for operators (Prometheus): how many pushes came to what, and how late; nothing about people."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge, Histogram

from backend.core.push.models import Delivery, Wish
from backend.core.streams.models import Stream

log = logging.getLogger(__name__)

LATE = timedelta(minutes=10)

_PUSHES = Counter("naast_pushes", "Pushes handed to a push service.", ["transport", "outcome"])
_LAG = Histogram(
    "naast_push_lag_seconds",
    "From when a push was due until the service took it.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400),
)
_OVERDUE = Gauge("naast_push_overdue", "What was to be pushed ten minutes ago.", multiprocess_mode="livemax")


def count(*, transport: str, outcome: str) -> None:
    """One push."""
    _PUSHES.labels(transport=transport, outcome=outcome).inc()


def lag(seconds: float) -> None:
    """One push that was taken."""
    _LAG.observe(max(0.0, seconds))


def watch(now: datetime) -> int:
    """Raise the alarm when what is to be pushed is not: nobody else would miss a push that does not come."""
    late = now - LATE
    overdue = Delivery.objects.filter(due_at__lte=late).count() + Wish.objects.filter(at__lte=late).count()
    overdue += Stream.objects.filter(unpushed=True, at__lte=late).count()
    _OVERDUE.set(overdue)
    if overdue:
        log.error("%d pushes are overdue: does a worker run, and is it fast enough?", overdue)
    return 0
