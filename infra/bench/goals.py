"""The figures to reach: each is one number, or one ratio taken pair by pair within the rounds."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.bench.measure import Record, Spread, figures_of, ratio_of, spread_of

Side = tuple[str, str]  # subject, size


@dataclass(frozen=True)
class Goal:
    """`figure` of `top`, divided by that of `bottom` if there is one; at most or at least `limit`."""

    section: str
    what: str
    figure: str
    top: Side
    bottom: Side | None
    limit: float
    at_most: bool = False

    def measured(self, records: Sequence[Record]) -> Spread | None:
        """What came of it; None when a side is missing."""
        mine = [record for record in records if record.section == self.section]
        if self.bottom is None:
            return spread_of(figures_of(mine, *self.top, self.figure).values())
        return ratio_of(mine, self.figure, self.top, self.bottom)

    def reached(self, spread: Spread) -> bool:
        """Judged by the median."""
        return spread.median <= self.limit if self.at_most else spread.median >= self.limit


def _fanout(size: str, other: str, limit: float, ours: str = "ours") -> Goal:
    what = f"CPU per delivery, {size} members, {ours} ÷ {other}"
    return Goal("fanout", what, "µs/delivery", (ours, size), (other, size), limit, at_most=True)


def _durable(mode: str, ours: str, other: str, limit: float) -> Goal:
    return Goal("durable", f"accepted, {mode}, {ours} ÷ {other}", "messages/s", (ours, mode), (other, mode), limit)


def _peer(what: str, figure: str, other: str, limit: float, *, at_most: bool = False) -> Goal:
    return Goal("peers", f"{what}, ours ÷ {other}", figure, ("ours", "100"), (other, "100"), limit, at_most)


GOALS = [
    _fanout("10", "raw ASGI", 1.5),
    _fanout("100×10", "raw ASGI", 1.5),
    _fanout("10", "raw ASGI", 1.5, "ours (fan-out apart)"),
    _fanout("100×10", "raw ASGI", 1.5, "ours (fan-out apart)"),
    _fanout("100", "raw ASGI", 0.5),
    _fanout("1000", "raw ASGI", 0.5),
    _fanout("1000", "C epoll", 1.1),
    _fanout("1000", "stock consumer", 1 / 40),
    _durable("spread", "ours", "pgbench", 1.0),
    _durable("spread", "ours (2 processes)", "pgbench", 1.0),
    _durable("hot", "ours", "pgbench", 2.0),
    _durable("spread", "ours by REST", "plain DRF view", 5.0),
    _durable("hot", "ours by REST", "plain DRF view", 5.0),
    Goal("idle", "KiB per idle socket at 10,000", "KiB/socket", ("ours", "10000"), None, 25.0, at_most=True),
    Goal(
        "reads",
        "history page, 1,000,000 messages ÷ 1,000",
        "p50 ms",
        ("history page", "1000000"),
        ("history page", "1000"),
        1.3,
        at_most=True,
    ),
    Goal(
        "checkins",
        "a tick, 1,000 due of 500,000 plans ÷ of 10,000",
        "s per tick",
        ("tick", "500000"),
        ("tick", "10000"),
        1.3,
        at_most=True,
    ),
    Goal("checkins", "check-ins opened/s by one worker", "opened/s", ("tick", "500000"), None, 1_000.0),
    Goal("console", "p95 of the queue, 20,000 cases", "p95 ms", ("queue", "20000"), None, 150.0, at_most=True),
    Goal("console", "p95 of a case page, 20,000 cases", "p95 ms", ("case", "20000"), None, 150.0, at_most=True),
    _peer("deliveries/s, 32 in flight", "deliveries/s", "NATS", 0.45),
    _peer("deliveries/s, 32 in flight", "deliveries/s", "socket.io", 5.0),
    _peer("deliveries/s, 32 in flight", "deliveries/s", "ejabberd", 10.0),
    _peer("deliveries/s, one in flight", "single deliveries/s", "socket.io", 1.5),
    _peer("deliveries/s, one in flight", "single deliveries/s", "ejabberd", 1.5),
    _peer("light-load p50", "light p50 ms", "socket.io", 1.0, at_most=True),
]
