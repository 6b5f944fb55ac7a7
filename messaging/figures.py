"""Figures of one server process for operators (Prometheus): amounts and times, nothing about people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from backend.core.streams.hub import Hub
    from messaging.consumers import Socket

_ACCEPTED = Counter("naast_messages_accepted", "Messages committed by this process's writer.")
_BATCH = Histogram("naast_batch_sends", "Sends in one commit.", buckets=(1, 2, 5, 10, 20, 50, 100, 200))
_COMMIT = Histogram(
    "naast_commit_seconds",
    "From taking up a batch until it is committed.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
_DELIVERED = Counter("naast_deliveries", "Events written to live sockets.")
_RESYNCS = Counter("naast_resyncs", "Times that a client was too far behind and was told to read the snapshot.")
_MENDED = Counter("naast_ranges_mended", "Reads from the database because a range was not told in time.")
_SOCKETS = Gauge("naast_sockets", "Open sockets.", multiprocess_mode="livesum")
_FULL = Gauge("naast_sockets_full", "Sockets that do not take what is written.", multiprocess_mode="livesum")
_UNSENT = Gauge("naast_unsent_bytes", "Bytes held for all sockets.", multiprocess_mode="livesum")
_UNSENT_MOST = Gauge("naast_unsent_bytes_most", "Bytes held for the fullest socket.", multiprocess_mode="livemax")
_LAG = Histogram(
    "naast_ring_lag_seconds",
    "From another process's commit until it was heard here.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5),
)
_RING = Gauge(
    "naast_ring_healthy", "Whether commits of other processes are heard at once.", multiprocess_mode="livemin"
)


def count_batch(accepted: int, sends: int, seconds: float) -> None:
    """One commit of the writer."""
    _ACCEPTED.inc(accepted)
    _BATCH.observe(sends)
    _COMMIT.observe(seconds)


def count_lag(seconds: float) -> None:
    """One batch heard from another process."""
    _LAG.observe(max(0.0, seconds))


class Gauges:
    """Reads what the hub and the sockets count for themselves; once a second, so that their hot paths need not."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.before = (0, 0, 0)

    def read(self, sockets: Iterable[Socket], *, ring_healthy: bool) -> None:
        """Bring all figures up to date."""
        now = (self.hub.delivered, self.hub.resyncs, self.hub.mended)
        for counter, count, old in zip((_DELIVERED, _RESYNCS, _MENDED), now, self.before, strict=True):
            counter.inc(count - old)
        self.before = now
        unsent = [socket.conn.unsent() for socket in sockets if not socket.closing]
        _SOCKETS.set(len(unsent))
        _FULL.set(sum(socket.conn.paused for socket in sockets))
        _UNSENT.set(sum(unsent))
        _UNSENT_MOST.set(max(unsent, default=0))
        _RING.set(ring_healthy)
