"""Measured rounds: put a server under load, and compare figures pair by pair within a round."""

import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from infra.bench.load import Lane, Outcome, run_load
from infra.bench.machine import CLIENT_CORE, cpu_s_of, memory_kib_of
from infra.bench.refs.subject import Subject, Unavailable

Figures = dict[str, float]
BODY = 300
SETTLE_EVERY = 50


@dataclass
class Record:
    """One measurement: which section, which subject, at which size, in which round."""

    section: str
    subject: str
    size: str
    round: int
    figures: Figures = field(default_factory=dict)
    error: str = ""
    absent: bool = False  # cannot be had here: no fault of the run


@dataclass
class Spread:
    """Minimum, median and maximum of `n` values."""

    low: float
    median: float
    high: float
    n: int


@dataclass
class Case:
    """What a round does once: a subject at a size, and the work that gives its figures."""

    subject: str
    size: str
    work: Callable[[], Figures]


def run_rounds(section: str, cases: Sequence[Case], rounds: int) -> list[Record]:
    """Run every case once per round, so that what disturbs the machine meets all of them."""
    records: list[Record] = []
    gone: dict[str, str] = {}
    for number in range(rounds):
        for case in cases:
            record = Record(section, case.subject, case.size, number)
            began = time.monotonic()
            if case.subject in gone:
                continue
            try:
                record.figures = case.work()
            except Unavailable as reason:
                record.error = gone[case.subject] = str(reason)
                record.absent = True
            except (OSError, RuntimeError, ValueError, ArithmeticError) as error:
                record.error = f"{type(error).__name__}: {error}"[:400]
            records.append(record)
            shown = {name: float(f"{value:.4g}") for name, value in record.figures.items()}
            title = f"{section} {number} {case.subject} {case.size} [{time.monotonic() - began:.0f} s]"
            print(f"{title}: {record.error or shown}", file=sys.stderr)
    return records


def spread_of(values: Iterable[float]) -> Spread | None:
    """Minimum, median and maximum; None of nothing."""
    found = sorted(values)
    return Spread(found[0], statistics.median(found), found[-1], len(found)) if found else None


def figures_of(records: Iterable[Record], subject: str, size: str, figure: str) -> dict[int, float]:
    """One figure of one case, by round."""
    return {
        r.round: r.figures[figure] for r in records if (r.subject, r.size) == (subject, size) and figure in r.figures
    }


def ratio_of(records: Sequence[Record], figure: str, top: tuple[str, str], bottom: tuple[str, str]) -> Spread | None:
    """One case (subject, size) divided by another, pair by pair within each round."""
    above, below = (figures_of(records, *case, figure) for case in (top, bottom))
    return spread_of(above[n] / below[n] for n in above if below.get(n))


class Meter:
    """CPU seconds of named groups of processes between the two edges of a measured time."""

    def __init__(self, groups: Mapping[str, Callable[[], Iterable[int]]]) -> None:
        self._groups = groups
        self._edges: list[dict[str, dict[int, float]]] = []

    def __call__(self, edge: int) -> None:
        """Read the clocks; for `run_load(on_edge=…)`. Asked anew: pools open connections when first used."""
        self._edges.append({name: {p: cpu_s_of([p]) for p in pids()} for name, pids in self._groups.items()})

    def used(self, name: str) -> float:
        """CPU seconds of `name` in the measured time."""
        before, after = (edge[name] for edge in self._edges)
        return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


@dataclass
class Room:
    """How a subject is loaded: groups of members, messages in flight in each group, what is measured besides.

    `single`: also with one message in flight; `light_rate`: also at so many messages a second."""

    members: int
    groups: int = 1
    in_flight: int = 32
    size: int = BODY
    seconds: float = 3.0
    warm_s: float = 1.0
    single: bool = False
    light_rate: float = 0.0


Beside = Mapping[str, Callable[[], Iterable[int]]]


@contextmanager
def running(subject: Subject, cores: set[int] | None) -> Iterator[None]:
    """The subject, installed and started; ended whatever happens."""
    subject.install()
    try:
        subject.start(cores=cores)
        yield
    finally:
        subject.stop()


@contextmanager
def open_sockets() -> Iterator[list[socket.socket]]:
    """A list whose sockets are closed at the end."""
    sockets: list[socket.socket] = []
    try:
        yield sockets
    finally:
        for sock in sockets:
            sock.close()


def load_room(subject: Subject, room: Room, *, cores: set[int] | None = None, beside: Beside | None = None) -> Figures:
    """Fill the room; load it closed, then open at half of what it carried; deliveries complete a message."""
    with running(subject, cores), open_sockets() as sockets:
        figures = enter_room(subject, room, sockets)
        groups: Beside = {"server": subject.pids, **(beside or {})}

        def load(in_flight: int, rate: float = 0.0) -> tuple[Outcome, Meter]:
            meter = Meter(groups)
            share = min(in_flight, subject.in_flight)
            lanes = [
                Lane(conn=g, frames=[subject.message(0, g, room.size)], expect=room.members, window=share)
                for g in range(room.groups)
            ]
            done = run_load(
                sockets=sockets,
                lanes=lanes,
                rate=rate,
                warm_s=room.warm_s / 2 if rate else room.warm_s,
                seconds=room.seconds,
                on_edge=meter,
                cores=CLIENT_CORE if cores else None,
            )
            return done, meter

        full, meter = load(room.in_flight)
        figures |= outcome_figures(full, meter, groups)
        if room.single:
            alone, _ = load(1)
            figures["single deliveries/s"] = alone.delivered / alone.elapsed
        rates = {"half": full.completed / full.elapsed / 2, "light": room.light_rate}
        for name, rate in rates.items():
            if rate:
                timed, _ = load(1, rate)
                figures |= {f"{name} p50 ms": timed.p50, f"{name} p99 ms": timed.p99}
        return figures


def enter_room(subject: Subject, room: Room, sockets: list[socket.socket]) -> Figures:
    """Log all members in; how long they took, and what one costs in memory once pools and caches are warm."""
    subject.expect(room.members, room.groups)
    began = time.monotonic()
    places = [(member, group) for member in range(room.members) for group in range(room.groups)]
    for first in range(0, len(places), SETTLE_EVERY):
        sockets += log_in(subject.login, places[first : first + SETTLE_EVERY], subject.logins_at_once)
        subject.settle()
        if first == 0:
            before = memory_kib_of(subject.pids())
    figures = {"login s": time.monotonic() - began}
    if len(places) > SETTLE_EVERY:
        figures["memory KiB/socket"] = (memory_kib_of(subject.pids()) - before) / (len(places) - SETTLE_EVERY)
    return figures


def log_in(login: Callable[..., socket.socket], places: Sequence[tuple[int, ...]], at_once: int) -> list[socket.socket]:
    """A socket for each place, in their order."""
    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(lambda place: login(*place), places))


def outcome_figures(outcome: Outcome, meter: Meter, groups: Iterable[str]) -> Figures:
    """Rates, CPU and faults of a closed loop. RuntimeError when what came back cannot be right."""
    if outcome.closed or outcome.surplus or not outcome.completed + outcome.delivered:
        raise RuntimeError(f"sockets closed, copies doubled or nothing done: {asdict(outcome)}")
    figures: Figures = {
        "messages/s": (outcome.completed - outcome.refused) / outcome.elapsed,
        "deliveries/s": outcome.delivered / outcome.elapsed,
        "p50 ms": outcome.p50,
        "p99 ms": outcome.p99,
        "client CPU": outcome.cpu / outcome.elapsed,
        "refused": outcome.refused,
        "outstanding": outcome.outstanding,
        "bytes/delivery": outcome.bytes / max(1, outcome.delivered),
    }
    figures |= {f"{name} CPU": meter.used(name) / outcome.elapsed for name in groups}
    for name, count in (("delivery", outcome.delivered), ("message", outcome.completed)):
        if count:
            figures[f"µs/{name}"] = meter.used("server") / count * 1e6
    return figures
