"""Peers doing the same work: one room, members online, each message on disk before it is told; NATS without."""

from collections.abc import Callable
from functools import partial

from infra.bench.measure import Case, Figures, Record, Room, load_room, run_rounds
from infra.bench.ours import Ours
from infra.bench.refs.ejabberd import Ejabberd
from infra.bench.refs.nats import Nats
from infra.bench.refs.socketio import SocketIo
from infra.bench.refs.subject import Subject
from infra.bench.rows import DATABASE
from infra.bench.sections.plan import ROOMS, Setting

LIGHT = 10.0  # messages a second
PINNING = "everything floats over all cores"


def measure_peers(setting: Setting) -> list[Record]:
    """Everybody at every size, in turn."""
    database = setting.database

    def one(make: Callable[[], Subject], members: int) -> Figures:
        subject = make()
        room = Room(members=members, seconds=setting.seconds, warm_s=setting.seconds / 3, single=True, light_rate=LIGHT)
        figures = load_room(subject, room, beside={"PostgreSQL": database.pids})
        if subject.sql:
            stored = database.count("ejabberd" if isinstance(subject, Ejabberd) else DATABASE, subject.sql)
            if not stored:
                raise RuntimeError("no history on disk")
            figures["stored"] = stored
        return figures

    cases = []
    for members in (100,) if setting.quick else (100, 500):
        makers: dict[str, Callable[[], Subject]] = {
            "ours": partial(Ours, database, setting.redis_url, ROOMS[members]),
            SocketIo.name: partial(SocketIo, database, setting.redis_url, ROOMS[members]),
        }
        if not setting.quick:
            makers |= {Ejabberd.name: partial(Ejabberd, database), Nats.name: Nats}
        cases += [Case(name, str(members), partial(one, make, members)) for name, make in makers.items()]
    records = run_rounds("peers", cases, setting.rounds)
    there = dict.fromkeys(record.subject for record in records if not record.absent)
    absent = [f"{record.subject} ({record.error})" for record in records if record.absent]
    setting.notes["peers"] = f"{PINNING}; there: {', '.join(there)}; not there: {', '.join(absent) or 'none'}"
    return records
