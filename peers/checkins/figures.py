"""Figures of the clock of check-ins for operators: amounts and delays, nothing about people."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge, Histogram

from backend.core.jobs import register_job
from peers.checkins.models import Checkin, ContactRequest

log = logging.getLogger(__name__)

LATE = timedelta(minutes=10)
_OPENED = Counter("naast_checkins_opened", "Check-ins opened by this worker.")
_LAG = Histogram(
    "naast_checkin_lag_seconds",
    "From when a check-in was due until it opened.",
    buckets=(0.5, 1, 2, 5, 10, 60, 600, 3600, 86_400),
)
_OVERDUE = Gauge(
    "naast_checkins_overdue", "Rows of the clock that were due ten minutes ago.", multiprocess_mode="livemax"
)


def register() -> None:
    """Called at `ready()`."""
    register_job(name="overdue alarm", act=watch, every_s=60)


def count_opened(*, lags: list[float]) -> None:
    """A batch was opened; seconds."""
    _OPENED.inc(len(lags))
    for lag in lags:
        _LAG.observe(max(0.0, lag))


def watch(now: datetime) -> int:
    """Raise the alarm when what is due is not done: a silently missed check-in breaks the promise of years."""
    late = now - LATE
    overdue = Checkin.objects.filter(due_at__lte=late, state__in=("planned", "snoozed", "open")).count()
    overdue += ContactRequest.objects.filter(respond_by__lte=late, state="waiting").count()
    _OVERDUE.set(overdue)
    if overdue:
        log.error("%d check-ins and wishes for contact are overdue: does a worker run?", overdue)
    return 0
