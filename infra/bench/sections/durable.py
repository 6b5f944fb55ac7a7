"""Durable sends: accepted and committed messages a second, in one conversation and over a thousand."""

from collections.abc import Callable
from functools import partial

from infra.bench.load import Lane, On, run_load
from infra.bench.machine import CLIENT_CORE, SERVER_CORE
from infra.bench.measure import (
    BODY,
    Case,
    Figures,
    Meter,
    Record,
    open_sockets,
    outcome_figures,
    run_rounds,
    running,
)
from infra.bench.ours import Ours, OursByRest
from infra.bench.pgbench import run_pgbench
from infra.bench.refs.plain_drf import PlainDrf
from infra.bench.refs.subject import Subject
from infra.bench.rows import DATABASE
from infra.bench.sections.plan import HOT, HOT_ONLINE, SENDERS, SPREAD, Setting

IN_FLIGHT = 512  # by socket; by REST one on each connection
PINNING = (
    "server on core 0, load client on core 1; PostgreSQL floats; pgbench and two processes of ours float over all cores"
)


def measure_durable(setting: Setting) -> list[Record]:
    """Ours by socket and by REST, the plain view, pgbench: hot and spread, in turn."""
    database, redis = setting.database, setting.redis_url
    makers: dict[str, Callable[[], Subject]] = {
        "ours": partial(Ours, database, redis, 0),
        "ours by REST": partial(OursByRest, database, redis, 0),
        PlainDrf.name: partial(PlainDrf, database, SENDERS, SPREAD),
    }
    cases = []
    for mode in ("hot", "spread"):
        cases += [Case(name, mode, partial(load_senders, make, mode, setting)) for name, make in makers.items()]
        if mode == "spread":
            two = partial(Ours, database, redis, 0, processes=2)
            cases.append(Case("ours (2 processes)", mode, partial(load_senders, two, mode, setting, None)))
        cases.append(Case("pgbench", mode, partial(run_pgbench, database, mode, seconds=round(setting.seconds))))
    setting.notes["durable"] = PINNING
    return run_rounds("durable", cases, setting.rounds)


def load_senders(
    make: Callable[[], Subject], mode: str, setting: Setting, cores: set[int] | None = SERVER_CORE
) -> Figures:
    """Senders that each write to their own conversations in turn; an answer completes a message."""
    subject = make()
    by_http = subject.complete_on == On.HTTP
    online = HOT_ONLINE if mode == "hot" and not by_http else SENDERS
    with running(subject, cores), open_sockets() as sockets:
        subject.expect(online, 1)
        lanes = []
        for member in range(online):
            sockets.append(subject.login(member, HOT))
            mine = [HOT] if mode == "hot" else range(member or SENDERS, SPREAD + 1, SENDERS)
            frames = [subject.message(member, conversation, BODY) for conversation in mine]
            window, copies = (1, 1) if by_http else (IN_FLIGHT // online, HOT_ONLINE if mode == "hot" else 2)
            lanes.append(Lane(conn=member, frames=frames, window=window, expect=copies))
        groups = {"server": subject.pids, "PostgreSQL": setting.database.pids}
        meter = Meter(groups)
        outcome = run_load(
            sockets=sockets,
            lanes=lanes,
            complete_on=On.HTTP if by_http else On.ACKS,
            warm_s=1.0,
            seconds=setting.seconds,
            on_edge=meter,
            cores=CLIENT_CORE if cores else None,
        )
        figures = outcome_figures(outcome, meter, groups)
        stored = setting.database.count("plain" if isinstance(subject, PlainDrf) else DATABASE, subject.sql or "")
        if outcome.refused or stored < outcome.completed:
            raise RuntimeError(f"{outcome.refused} refused, {stored} stored of {outcome.completed}")
        if isinstance(subject, Ours):
            figures["holes"] = subject.holes()
        return figures
