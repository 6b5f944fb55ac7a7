"""Fan-out: one group, everybody online, 32 messages in flight; ours beside servers that keep nothing."""

from functools import partial

from infra.bench.machine import SERVER_CORE
from infra.bench.measure import Case, Record, Room, load_room, run_rounds
from infra.bench.ours import Ours
from infra.bench.refs.fanout import CEpoll, NodeWs, RawAsgi, StockConsumer
from infra.bench.refs.subject import Subject
from infra.bench.sections.plan import ROOMS, Setting

MEMBERS = (10, 100, 1000)
PINNING = "server on core 0, load client on core 1; PostgreSQL and Valkey float; two processes of ours float too"


def measure_fanout(setting: Setting) -> list[Record]:
    """Every server at every size, in turn."""

    def one(subject: Subject, members: int, cores: set[int] | None) -> dict[str, float]:
        room = Room(members=members, seconds=setting.seconds, warm_s=setting.seconds / 3)
        return load_room(subject, room, cores=cores, beside={"PostgreSQL": setting.database.pids})

    cases = []
    for members in (100,) if setting.quick else MEMBERS:
        make_ours = partial(Ours, setting.database, setting.redis_url, ROOMS[members])
        makers = {
            "ours": make_ours,
            RawAsgi.name: RawAsgi,
            CEpoll.name: CEpoll,
            NodeWs.name: NodeWs,
            StockConsumer.name: partial(StockConsumer, setting.redis_url),
        }
        cases += [
            Case(name, str(members), lambda make=make, n=members: one(make(), n, SERVER_CORE))
            for name, make in makers.items()
        ]
        if not setting.quick:
            two = partial(make_ours, processes=2)
            cases.append(Case("ours, 2 processes", str(members), lambda n=members, make=two: one(make(), n, None)))
    setting.notes["fanout"] = PINNING
    return run_rounds("fanout", cases, setting.rounds)
