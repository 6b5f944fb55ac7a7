"""What operators are told of hub and writer: all that was asked for, and nobody's id."""

from __future__ import annotations

import re
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from backend.core.streams.hub import Hub
from backend.core.streams.ring import NoRing
from messaging import figures

ASKED = {
    "naast_messages_accepted": "counter",
    "naast_batch_sends": "histogram",
    "naast_commit_seconds": "histogram",
    "naast_deliveries": "counter",
    "naast_resyncs": "counter",
    "naast_ranges_mended": "counter",
    "naast_sockets": "gauge",
    "naast_sockets_full": "gauge",
    "naast_unsent_bytes": "gauge",
    "naast_unsent_bytes_most": "gauge",
    "naast_ring_lag_seconds": "histogram",
    "naast_ring_healthy": "gauge",
}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


def value(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


@pytest.mark.django_db
def test_each_figure_is_there_with_no_label_that_could_name_anybody() -> None:
    Client().get(f"/api/v1/conversations/{uuid4()}")
    told = Client().get("/metrics").content.decode()
    kinds = dict(re.findall(r"^# TYPE (naast_\w+?)(?:_total)? (\w+)$", told, re.MULTILINE))
    assert {name: kinds.get(name) for name in ASKED} == ASKED
    labels = set(re.findall(r'[{,](\w+)="', "".join(line for line in told.splitlines() if line.startswith("naast_"))))
    assert labels <= {"le", "method", "route", "status"}
    assert not ID.search(told)


def test_a_commit_counts() -> None:
    names = ("naast_messages_accepted_total", "naast_batch_sends_sum", "naast_commit_seconds_count")
    before = [value(name) for name in names]
    figures.count_batch(3, 5, 0.002)
    assert [value(name) - old for name, old in zip(names, before, strict=True)] == [3, 5, 1]


def test_the_lag_of_a_clock_that_is_behind_is_none() -> None:
    before = value("naast_ring_lag_seconds_sum"), value("naast_ring_lag_seconds_count")
    figures.count_lag(-3600)
    figures.count_lag(0.5)
    after = value("naast_ring_lag_seconds_sum"), value("naast_ring_lag_seconds_count")
    assert (after[0] - before[0], after[1] - before[1]) == (0.5, 2)


def test_what_hub_and_sockets_count_is_read() -> None:
    hub = Hub(source=None, ring=NoRing())  # type: ignore[arg-type]  # nothing is read
    gauges = figures.Gauges(hub)
    names = ("naast_deliveries_total", "naast_resyncs_total", "naast_ranges_mended_total")
    before = [value(name) for name in names]
    hub.delivered, hub.resyncs, hub.mended = 7, 2, 1
    sockets = [
        SimpleNamespace(closing=closing, conn=SimpleNamespace(unsent=lambda held=held: held, paused=held > 100))
        for held, closing in ((10, False), (200, False), (999, True))
    ]
    gauges.read(sockets, ring_healthy=True)  # type: ignore[arg-type]
    gauges.read(sockets, ring_healthy=True)  # type: ignore[arg-type]  # the same again counts once
    assert [value(name) - old for name, old in zip(names, before, strict=True)] == [7, 2, 1]
    told = [value(f"naast_{name}") for name in ("sockets", "unsent_bytes", "unsent_bytes_most", "ring_healthy")]
    assert told == [2, 210, 200, 1]
