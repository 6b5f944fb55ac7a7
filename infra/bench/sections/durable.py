"""Durable sends: accepted and committed messages a second, in one conversation and over a thousand."""

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
from infra.bench.sections.plan import HOT, HOT_MEMBERS, SENDERS, SPREAD, Setting

IN_FLIGHT = 512  # by socket; by REST one on each connection
PINNING = "server on core 0, load client on core 1; PostgreSQL floats; pgbench floats over all cores"


def measure_durable(setting: Setting) -> list[Record]:
    """Ours by socket and by REST, the plain view, pgbench: hot and spread, in turn."""
    database, redis = setting.database, setting.redis_url
    cases = []
    for mode in ("hot", "spread"):
        makers = {
            "ours": lambda: Ours(database, redis, 0),
            "ours by REST": lambda: OursByRest(database, redis, 0),
            PlainDrf.name: lambda: PlainDrf(database, SENDERS, SPREAD),
        }
        cases += [
            Case(name, mode, lambda make=make, mode=mode: load_senders(make(), mode, setting))
            for name, make in makers.items()
        ]
        cases.append(
            Case("pgbench", mode, lambda mode=mode: run_pgbench(database, mode, seconds=round(setting.seconds)))
        )
    setting.notes["durable"] = PINNING
    return run_rounds("durable", cases, setting.rounds)


def load_senders(subject: Subject, mode: str, setting: Setting) -> Figures:
    """Senders that each write to their own conversations in turn; an answer completes a message."""
    by_http = subject.complete_on == On.HTTP
    members = HOT_MEMBERS if mode == "hot" else SENDERS
    with running(subject, SERVER_CORE), open_sockets() as sockets:
        subject.expect(members, 1)
        lanes = []
        for number in range(SENDERS if by_http else members):
            member = number % members
            sockets.append(subject.login(member, HOT))
            mine = [HOT] if mode == "hot" else range(member or SENDERS, SPREAD + 1, SENDERS)
            frames = [subject.message(member, conversation, BODY) for conversation in mine]
            window, copies = (1, 1) if by_http else (IN_FLIGHT // members, HOT_MEMBERS if mode == "hot" else 2)
            lanes.append(Lane(conn=number, frames=frames, window=window, expect=copies))
        groups = {"server": subject.pids, "PostgreSQL": setting.database.pids}
        meter = Meter(groups)
        outcome = run_load(
            sockets=sockets,
            lanes=lanes,
            complete_on=On.HTTP if by_http else On.ACKS,
            warm_s=1.0,
            seconds=setting.seconds,
            on_edge=meter,
            cores=CLIENT_CORE,
        )
        figures = outcome_figures(outcome, meter, groups)
        stored = setting.database.count("plain" if isinstance(subject, PlainDrf) else DATABASE, subject.sql or "")
        if outcome.refused or stored < outcome.completed:
            raise RuntimeError(f"{outcome.refused} refused, {stored} stored of {outcome.completed}")
        if isinstance(subject, Ours):
            figures["holes"] = subject.holes()
        return figures
