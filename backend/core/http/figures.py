"""Figures for operators (Prometheus): routes and times, nothing about people."""

from __future__ import annotations

from prometheus_client import Histogram

_REQUESTS = Histogram(
    "naast_http_request_seconds",
    "Time to answer a request.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _REQUESTS.labels(route=route, method=method, status=str(status)).observe(seconds)
