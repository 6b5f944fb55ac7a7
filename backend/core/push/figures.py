"""Figures for operators (Prometheus): how many pushes came to what, and how late; nothing about people."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

_PUSHES = Counter("naast_pushes", "Pushes handed to a push service.", ["transport", "outcome"])
_LAG = Histogram(
    "naast_push_lag_seconds",
    "From when a push was due until the service took it.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400),
)


def count(*, transport: str, outcome: str) -> None:
    """One push."""
    _PUSHES.labels(transport=transport, outcome=outcome).inc()


def lag(seconds: float) -> None:
    """One push that was taken."""
    _LAG.observe(max(0.0, seconds))
