"""The hub on its own: each socket gets every range that is for it once, in order, whatever is heard and when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.streams import hub as hub_module
from backend.core.streams import places
from backend.core.streams.hub import Hub
from backend.core.streams.item import Batch, Effects, Item, View
from backend.core.streams.places import Conn
from backend.core.streams.ring import NoRing
from backend.core.streams.wire import payload_of

STREAM = UUID(int=1)


class Truth:
    """What a database would say: the events of streams, and who may see what."""

    def __init__(self) -> None:
        self.items: dict[UUID, list[Item]] = {STREAM: []}
        self.allowed: dict[UUID, dict[UUID, View]] = {}
        self.reads = 0
        self.away = False

    def add(
        self,
        *,
        stream: UUID = STREAM,
        by: UUID | None = None,
        effects: Effects | None = None,
        about: int | None = None,
        size: int = 0,
    ) -> Batch:
        after = len(self.items.setdefault(stream, []))
        data = orjson.dumps({"seq": after + 1, "pad": "x" * size})
        item = Item(seq=after + 1, data=data, by=(by,) if by else (), effects=effects, about=about)
        self.items[stream].append(item)
        return Batch(stream=stream, after=after, to=after + 1, items=(item,))

    def let(self, account: UUID, stream: UUID = STREAM, view: View | None = None) -> None:
        self.allowed.setdefault(account, {})[stream] = view or View(account=account)

    async def _read(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError

    async def views(self, account: UUID) -> Mapping[UUID, tuple[int, View]]:
        await self._read()
        return {s: (len(self.items.get(s, ())), view) for s, view in self.allowed.get(account, {}).items()}

    async def view(self, account: UUID, stream: UUID) -> View | None:
        await self._read()
        return self.allowed.get(account, {}).get(stream)

    async def since(self, stream: UUID, after: int, limit: int) -> tuple[int, Sequence[Item]]:
        await self._read()
        self.reads += 1
        items = self.items[stream][after : after + limit]
        return after + len(items), items

    async def heads(self, streams: Iterable[UUID]) -> Mapping[UUID, int]:
        await self._read()
        return {s: len(self.items[s]) for s in streams if s in self.items}


class Client:
    """A socket's other end: keeps what it gets, and checks that the ranges join."""

    def __init__(self, hub: Hub, account: UUID | None = None, inbox: UUID | None = None) -> None:
        self.hub = hub
        self.at: dict[str, int] = {}
        self.seen: dict[str, list[int]] = {}
        self.resyncs: list[str] = []
        self.closed: list[int] = []
        self.held = 0
        self.conn = Conn(
            account=account or uuid4(),
            session=uuid4(),
            inbox=inbox or uuid4(),
            write=self.take,
            post=self.take,
            close=self.close,
            unsent=lambda: self.held,
        )

    async def join(self, cursors: Mapping[UUID, int] | None = None) -> dict[UUID, int]:
        heads = await self.hub.attach(self.conn, cursors or {})
        for stream, head in heads.items():
            self.at[str(stream)] = (cursors or {}).get(stream, head)
        self.hub.catch_up(self.conn)
        return heads

    def close(self, code: int, resumable: bool) -> None:
        self.closed.append(code)
        self.hub.detach(self.conn)

    def take(self, frame: bytes) -> None:
        told = orjson.loads(payload_of(frame))
        name = told["stream"]
        if told["op"] == "resync":
            self.resyncs.append(name)
            return
        at = self.at.setdefault(name, told["after"])
        assert told["after"] <= at, f"a hole: at {at}, told {told}"
        new = [event["seq"] for event in told["events"] if event["seq"] > at]
        assert new == sorted(new)
        assert all(told["after"] < seq <= told["to"] for seq in new)
        self.seen.setdefault(name, []).extend(new)
        self.at[name] = max(at, told["to"])


async def settle() -> None:
    """Until the loop has nothing left to do but wait for time."""
    for _ in range(60):
        await asyncio.sleep(0)


def make() -> tuple[Truth, Hub]:
    truth = Truth()
    return truth, Hub(source=truth, ring=NoRing())


async def test_live_sockets_get_what_is_announced() -> None:
    truth, hub = make()
    clients = [Client(hub) for _ in range(3)]
    for client in clients:
        truth.let(client.conn.account)
        await client.join()
    for _ in range(5):
        hub.hear(truth.add())
    await settle()
    assert [client.seen[str(STREAM)] for client in clients] == [[1, 2, 3, 4, 5]] * 3
    assert truth.reads == 0


async def test_what_arrives_in_one_tick_is_one_write() -> None:
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    frames: list[bytes] = []
    client.conn.write = client.conn.post = frames.append
    for _ in range(5):
        hub.hear(truth.add())
    await settle()
    assert len(frames) == 1


async def test_a_range_that_never_came_is_read() -> None:
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    truth.add()  # its ring is lost
    hub.hear(truth.add())
    await asyncio.sleep(hub_module.HOLE_S)
    await settle()
    assert client.seen[str(STREAM)] == [1, 2]
    assert truth.reads == 1


async def test_ranges_that_overtake_each_other_need_no_read() -> None:
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    first, second = truth.add(), truth.add()
    hub.hear(second)
    hub.hear(first)
    await asyncio.sleep(hub_module.HOLE_S)
    await settle()
    assert client.seen[str(STREAM)] == [1, 2]
    assert truth.reads == 0


async def test_the_poll_finds_what_no_ring_told() -> None:
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    truth.add()
    await hub.poll()
    await settle()
    assert client.seen[str(STREAM)] == [1]


async def test_a_client_that_comes_back_gets_what_it_missed() -> None:
    truth, hub = make()
    for _ in range(450):
        truth.add()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join({STREAM: 10})
    hub.hear(truth.add())
    for _ in range(10):
        await settle()
    assert client.seen[str(STREAM)] == list(range(11, 452))


async def test_too_far_behind_is_told_to_resync_and_then_resumes() -> None:
    truth, hub = make()
    for _ in range(hub_module.BEHIND + 1):
        truth.add()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join({STREAM: 0})
    await settle()
    assert client.resyncs == [str(STREAM)]
    assert str(STREAM) not in client.seen
    hub.hear(truth.add())
    await settle()
    assert str(STREAM) not in client.seen  # it waits for the client
    client.at[str(STREAM)] = hub_module.BEHIND + 1  # read from the snapshot
    hub.resume(client.conn, {STREAM: hub_module.BEHIND + 1})
    await settle()
    assert client.seen[str(STREAM)] == [hub_module.BEHIND + 2]


async def test_a_cursor_from_the_future_is_told_to_resync() -> None:
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join({STREAM: 7})
    await settle()
    assert client.resyncs == [str(STREAM)]


async def test_who_was_removed_gets_nothing_more() -> None:
    truth, hub = make()
    stays, goes = Client(hub), Client(hub)
    for client in (stays, goes):
        truth.let(client.conn.account)
        await client.join()
    hub.hear(truth.add())
    del truth.allowed[goes.conn.account]
    hub.hear(truth.add(effects=Effects(refresh=(goes.conn.account,))))
    hub.hear(truth.add())
    await settle()
    assert stays.seen[str(STREAM)] == [1, 2, 3]
    assert goes.seen[str(STREAM)] == [1]
    assert goes.conn.places == {}


async def test_a_block_hides_from_its_place_in_the_stream_on() -> None:
    truth, hub = make()
    blocker, other, writer = Client(hub), Client(hub), uuid4()
    for client in (blocker, other):
        truth.let(client.conn.account)
        await client.join()
    hub.hear(truth.add(by=writer))
    account = blocker.conn.account
    truth.let(account, view=View(account=account, hidden=frozenset({writer})))
    hub.hear(truth.add(effects=Effects(refresh=(account,))))
    hub.hear(truth.add(by=writer))
    hub.hear(truth.add())
    await settle()
    assert other.seen[str(STREAM)] == [1, 2, 3, 4]
    assert blocker.seen[str(STREAM)] == [1, 2, 4]
    assert blocker.at[str(STREAM)] == 4


async def test_a_newcomer_hears_nothing_about_what_was_said_before() -> None:
    truth, hub = make()
    old, new = Client(hub), Client(hub)
    hub.hear(truth.add())
    truth.let(old.conn.account)
    truth.let(new.conn.account, view=View(account=new.conn.account, spans=((2, None),)))
    for client in (old, new):
        await client.join()
    for about in (None, 1, None, 2):  # seqs 2 to 5
        hub.hear(truth.add(about=about))
    await settle()
    hub.hear(truth.add(about=1, effects=Effects()))
    hub.hear(truth.add())
    await settle()
    assert old.seen[str(STREAM)] == [2, 3, 4, 5, 6, 7]
    assert new.seen[str(STREAM)] == [2, 4, 5, 7]
    assert new.at[str(STREAM)] == 7
    assert truth.reads == 0  # from what is at hand


async def test_a_new_conversation_is_followed_by_itself() -> None:
    truth, hub = make()
    client = Client(hub)
    inbox, added = client.conn.inbox, uuid4()
    truth.items[inbox] = []
    truth.let(client.conn.account, inbox)
    await client.join()
    for _ in range(3):
        truth.add(stream=added)
    truth.let(client.conn.account, added, View(account=client.conn.account, spans=((3, None),)))
    hub.hear(truth.add(stream=inbox, effects=Effects(opens=added, opens_after=2)))
    await settle()
    hub.hear(truth.add(stream=added))
    await settle()
    assert client.seen[str(added)] == [3, 4]


async def test_a_revoked_session_is_closed() -> None:
    truth, hub = make()
    account, inbox = uuid4(), uuid4()
    truth.items[inbox] = []
    truth.let(account, inbox)
    mine, other = Client(hub, account, inbox), Client(hub, account, inbox)
    await mine.join()
    await other.join()
    hub.hear(truth.add(stream=inbox, effects=Effects(closes=other.conn.session, closes_code=4003)))
    await settle()
    assert (mine.closed, other.closed) == ([], [4003])


async def test_a_full_socket_is_passed_over_and_catches_up() -> None:
    truth, hub = make()
    slow, quick = Client(hub), Client(hub)
    for client in (slow, quick):
        truth.let(client.conn.account)
        await client.join()
    hub.hear(truth.add())
    await settle()
    hub.pause(slow.conn)
    for _ in range(5):
        hub.hear(truth.add())
        await settle()
    assert (slow.seen[str(STREAM)], quick.seen[str(STREAM)]) == ([1], [1, 2, 3, 4, 5, 6])
    hub.unpause(slow.conn)
    await settle()
    assert slow.seen[str(STREAM)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("few", [0, 8])
async def test_who_is_full_while_others_have_their_turn_gets_it_later_and_once(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(places, "SLICE", 2)
    monkeypatch.setattr(places, "FEW", few)
    truth, hub = make()
    clients = [Client(hub) for _ in range(5)]
    for client in clients:
        truth.let(client.conn.account)
        await client.join()
    hub.hear(truth.add())
    await asyncio.sleep(0)  # the first slice is written
    last = clients[-1]
    hub.pause(last.conn)
    await settle()
    assert [client.seen.get(str(STREAM)) for client in clients] == [[1]] * 4 + [None]
    hub.unpause(last.conn)
    await settle()
    assert last.seen[str(STREAM)] == [1]


async def test_nothing_goes_on_for_a_socket_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    truth.add()
    monkeypatch.setattr(truth, "since", lambda *_: asyncio.Event().wait())  # a database that never answers
    client.conn.places[STREAM].channel.last = 1
    hub.resume(client.conn, {STREAM: 0})
    client.conn.places[STREAM].channel.kept_after = 1
    await settle()
    assert hub._tasks
    hub.detach(client.conn)
    await settle()
    assert not hub._tasks


async def test_a_socket_that_drains_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "STALLED_S", 0.01)
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    client.held = 200_000
    hub.pause(client.conn)
    async with asyncio.timeout(5):
        while not client.closed:  # noqa: ASYNC110 - the client has no event for it
            await asyncio.sleep(0.01)
    assert client.closed == [4013]


async def test_the_database_may_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "POLL_S", 0.01)
    truth, hub = make()
    client = Client(hub)
    truth.let(client.conn.account)
    await client.join()
    truth.add()
    truth.away = True
    hub.resume(client.conn, {STREAM: 0})
    hub.hear(truth.add())
    await settle()
    truth.away = False
    async with asyncio.timeout(5):
        while client.seen.get(str(STREAM)) != [1, 2]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.booleans(), st.integers(0, 3)),  # lost?, how many ranges later it is heard
        st.tuples(st.just("pause"), st.integers(0, 2)),
        st.tuples(st.just("unpause"), st.integers(0, 2)),
        st.tuples(st.just("resume"), st.integers(0, 2)),
        st.tuples(st.just("hide"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("drop"), st.integers(0, 2)),
        st.tuples(st.just("poll")),
        st.tuples(st.just("turn"), st.integers(1, 4)),
    ),
    max_size=40,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_any_course_of_things_ends_with_the_same_transcript(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    async def play() -> None:
        hub_module.HOLE_S, wait = 0.0, hub_module.HOLE_S
        try:
            await course()
        finally:
            hub_module.HOLE_S = wait

    async def course() -> None:
        truth, hub = make()
        writers = [uuid4(), uuid4()]
        clients = [Client(hub) for _ in range(3)]
        hidden: dict[Client, dict[UUID, int]] = {client: {} for client in clients}
        for client in clients:
            truth.let(client.conn.account)
            await client.join({STREAM: 0})
        late: list[tuple[int, Batch]] = []
        for n, (what, *how) in enumerate(steps):
            match what:
                case "add":
                    batch = truth.add(by=writers[len(truth.items[STREAM]) % 2])
                    if not how[0]:
                        late.append((n + how[1], batch))
                case "pause":
                    hub.pause(clients[how[0]].conn)
                case "unpause":
                    hub.unpause(clients[how[0]].conn)
                case "resume":
                    hub.resume(clients[how[0]].conn, {STREAM: clients[how[0]].at[str(STREAM)]})
                case "hide":
                    client, writer = clients[how[0]], writers[how[1]]
                    hidden[client].setdefault(writer, len(truth.items[STREAM]) + 1)
                    view = View(account=client.conn.account, hidden=frozenset(hidden[client]))
                    truth.let(client.conn.account, view=view)
                    late.append((n, truth.add(effects=Effects(refresh=(client.conn.account,)))))
                case "drop":
                    hub.detach(clients[how[0]].conn)
                    old = clients[how[0]]
                    fresh = old.conn = Conn(
                        account=old.conn.account,
                        session=old.conn.session,
                        inbox=old.conn.inbox,
                        write=old.take,
                        post=old.take,
                        close=old.close,
                        unsent=lambda: 0,
                    )
                    await old.join({STREAM: old.at[str(STREAM)]})
                    assert fresh is old.conn
                case "poll":
                    await hub.poll()
                case "turn":
                    for _ in range(how[0]):
                        await asyncio.sleep(0)
            for due, batch in [entry for entry in late if entry[0] <= n]:
                late.remove((due, batch))
                hub.hear(batch)
        for client in clients:
            hub.unpause(client.conn)
        await hub.poll()
        await settle()
        for client in clients:
            said = client.seen.get(str(STREAM), [])
            assert said == sorted(set(said))
            assert client.at[str(STREAM)] == len(truth.items[STREAM])
            for item in truth.items[STREAM]:
                since = min((hidden[client].get(by, 10**9) for by in item.by), default=10**9)
                if item.seq < since and not hidden[client]:
                    assert item.seq in said
                if item.seq >= since:
                    assert item.seq not in said, "shown after a block"
            for task in list(hub._tasks):
                task.cancel()

    asyncio.run(play())
