"""How fast one session may speak: in memory, per process; the clock is passed in."""

from __future__ import annotations

BURST_S = 3.0  # seconds' worth of sends at once
FRAMES = 10  # frames of any kind for each send that is allowed
FLOOD_S = 10.0  # further ahead than this is no client that tries again: the socket closes


class Pace:
    """Two leaky buckets, for sends and for frames. Times are seconds of one monotonic clock."""

    __slots__ = ("__weakref__", "frame_s", "frames_free_at", "send_s", "sends_free_at", "sockets")

    def __init__(self, *, per_s: float) -> None:
        self.send_s = 1 / per_s
        self.frame_s = self.send_s / FRAMES
        self.sends_free_at = self.frames_free_at = 0.0
        self.sockets = 0

    def send(self, *, now: float) -> float:
        """0.0: go ahead. Otherwise the seconds to wait; nothing is taken."""
        free_at = max(self.sends_free_at, now)
        wait = free_at - now - BURST_S
        if wait <= 0:
            self.sends_free_at = free_at + self.send_s
        return max(0.0, wait)

    def frame(self, *, now: float) -> bool:
        """Whether the session has not flooded the socket."""
        self.frames_free_at = max(self.frames_free_at, now) + self.frame_s
        return self.frames_free_at - now <= FLOOD_S
