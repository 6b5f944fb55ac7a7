"""Measured rounds: put a server under load, and compare figures pair by pair within a round."""

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from infra.bench.load import Lane, Outcome, run_load
from infra.bench.machine import cpu_s_of, memory_kib_of
from infra.bench.refs.subject import Subject, Unavailable

Figures = dict[str, float]
BODY = 300


@dataclass
class Record:
    """One measurement: which section, which subject, at which size, in which round."""

    section: str
    subject: str
    size: str
    round: int
    figures: Figures = field(default_factory=dict)
    error: str = ""


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


def ratio_of(records: Sequence[Record], figure: str, size: str, ours: str, other: str) -> Spread | None:
    """Ours divided by the other, pair by pair within each round."""
    top, bottom = (figures_of(records, name, size, figure) for name in (ours, other))
    return spread_of(top[n] / bottom[n] for n in top if bottom.get(n))


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
    """How a subject is loaded: `groups` groups of `members`, `in_flight` messages in each."""

    members: int
    groups: int = 1
    in_flight: int = 32
    senders: int = 1
    size: int = BODY
    seconds: float = 3.0
    warm_s: float = 1.0
    light_rate: float = 0.0


def load_room(
    subject: Subject,
    room: Room,
    *,
    cores: set[int] | None = None,
    beside: Mapping[str, Callable[[], Iterable[int]]] | None = None,
) -> Figures:
    """Start `subject`, fill the room, load it closed and then open at half of what it carried."""
    subject.install()
    subject.start(cores=cores)
    sockets = []
    try:
        subject.expect(room.members)
        before = memory_kib_of(subject.pids())
        began = time.monotonic()
        for member in range(room.members):
            for group in range(room.groups):
                sockets.append(subject.login(member, group))
            if member % 50 == 49:
                subject.settle()
        subject.settle()
        login_s = time.monotonic() - began
        memory = (memory_kib_of(subject.pids()) - before) / len(sockets)
        lanes = _lanes(subject, room)
        meter = Meter({"server": subject.pids, **(beside or {})})
        full = run_load(
            sockets=sockets,
            lanes=lanes,
            complete_on=subject.complete_on,
            warm_s=room.warm_s,
            seconds=room.seconds,
            on_edge=meter,
        )
        figures = full_figures(full, meter, beside or {})
        figures |= {"memory KiB/socket": memory, "login s": login_s}
        rates = {"half": full.completed / full.elapsed / 2}
        if room.light_rate:
            rates["light"] = room.light_rate
        for name, rate in rates.items():
            open_loop = run_load(
                sockets=sockets,
                lanes=lanes,
                complete_on=subject.complete_on,
                rate=max(rate, 1.0),
                warm_s=room.warm_s / 2,
                seconds=room.seconds,
            )
            figures |= {f"{name} p50 ms": open_loop.p50, f"{name} p99 ms": open_loop.p99}
        return figures
    finally:
        for sock in sockets:
            sock.close()
        subject.stop()


def _lanes(subject: Subject, room: Room) -> list[Lane]:
    """The first members of each group send; what is in flight is shared out among them."""
    in_flight = min(room.in_flight, subject.in_flight)
    senders = min(room.senders, in_flight, room.members)
    return [
        Lane(
            conn=member * room.groups + group,
            frames=[subject.message(member, group, room.size)],
            expect=room.members,
            window=in_flight // senders,
        )
        for member in range(senders)
        for group in range(room.groups)
    ]


def full_figures(outcome: Outcome, meter: Meter, beside: Mapping[str, object]) -> Figures:
    """Rates, CPU and faults of a closed loop. RuntimeError when what came back cannot be right."""
    if outcome.closed or not outcome.delivered + outcome.completed:
        raise RuntimeError(f"{outcome.closed} sockets closed, {outcome.delivered} delivered: {asdict(outcome)}")
    figures: Figures = {
        "messages/s": outcome.completed / outcome.elapsed,
        "deliveries/s": outcome.delivered / outcome.elapsed,
        "p50 ms": outcome.p50,
        "p99 ms": outcome.p99,
        "server CPU": meter.used("server") / outcome.elapsed,
        "client CPU": outcome.cpu / outcome.elapsed,
        "refused": outcome.refused,
        "surplus": outcome.surplus,
        "bytes/delivery": outcome.bytes / max(1, outcome.delivered),
    }
    if outcome.delivered:
        figures["µs/delivery"] = meter.used("server") / outcome.delivered * 1e6
    if outcome.completed:
        figures["µs/message"] = meter.used("server") / outcome.completed * 1e6
    for name in beside:
        figures[f"{name} CPU"] = meter.used(name) / outcome.elapsed
    return figures
