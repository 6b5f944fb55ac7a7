"""Fan-out: groups with everybody online; ours, which keeps everything, beside servers that keep nothing."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from infra.bench.load import MARK
from infra.bench.load.frames import read_frame
from infra.bench.machine import SERVER_CORE
from infra.bench.measure import BODY, Case, Figures, Record, Room, load_room, open_sockets, run_rounds, running
from infra.bench.ours import Ours, OursApart
from infra.bench.refs.fanout import CEpoll, NodeWs, RawAsgi, StockConsumer
from infra.bench.refs.subject import Subject
from infra.bench.sections.plan import ROOMS, TENS, TENS_FIRST, Setting

PINNING = "server on core 0, load client on core 1; PostgreSQL and Valkey float; two processes of ours float too"
# One group with 32 messages in flight; and many small ones at once, one message in flight in each.
SHAPES = {str(members): Room(members=members) for members in (10, 100, 1000)}
SHAPES[f"{TENS}×10"] = Room(members=10, groups=TENS, in_flight=1)
QUICK = ("100",)


def frame_size(ours: Ours) -> int:
    """Bytes of the `events` frame that brings one message: the references send as many."""
    with running(ours, None), open_sockets() as sockets:
        ours.expect(1, 1)
        sockets.append(ours.login(0, 0))
        sockets[0].sendall(ours.message(0, 0, BODY))
        while MARK[:3] not in (frame := read_frame(sockets[0])):
            pass
        return len(frame)


def measure_fanout(setting: Setting) -> list[Record]:
    """Every server in every shape, in turn."""

    size_of_frame = frame_size(Ours(setting.database, setting.redis_url, ROOMS[10]))

    def one(make: Callable[[], Subject], room: Room, cores: set[int] | None) -> Figures:
        subject = make()
        size = BODY if isinstance(subject, Ours) else size_of_frame
        room = replace(room, seconds=setting.seconds, warm_s=setting.seconds / 3, size=size)
        figures = load_room(subject, room, cores=cores, beside={"PostgreSQL": setting.database.pids})
        if isinstance(subject, OursApart):  # all deliveries but the sender's own are this server's
            figures["µs/delivery"] *= room.members / (room.members - 1)
        return figures

    cases = []
    for size in QUICK if setting.quick else SHAPES:
        room = SHAPES[size]
        first, apart = (ROOMS[room.members], 0) if room.groups == 1 else (TENS_FIRST, room.members)
        make_ours = partial(Ours, setting.database, setting.redis_url, first, apart=apart)
        make_apart = partial(OursApart, setting.database, setting.redis_url, first, apart=apart)
        makers: dict[str, Callable[[], Subject]] = {
            "ours": make_ours,
            OursApart.name: make_apart,
            RawAsgi.name: RawAsgi,
            CEpoll.name: CEpoll,
            NodeWs.name: NodeWs,
            StockConsumer.name: partial(StockConsumer, setting.redis_url),
        }
        cases += [Case(name, size, partial(one, make, room, SERVER_CORE)) for name, make in makers.items()]
        if not setting.quick and room.groups == 1:
            two = partial(make_ours, processes=2)
            cases.append(Case("ours (2 processes)", size, partial(one, two, room, None)))
    setting.notes["fanout"] = (
        f"{PINNING}; {TENS}×10 is {TENS} groups of ten, one message in flight in each; the references send "
        f"{size_of_frame} bytes a message, as many as ours"
    )
    return run_rounds("fanout", cases, setting.rounds)
