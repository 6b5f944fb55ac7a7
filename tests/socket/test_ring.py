"""The ring on a real Valkey: what one process publishes another hears, also after the server was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
import uvloop

from backend.core.sealing import seal
from backend.core.streams import ring as ring_module
from backend.core.streams.item import Batch, Effects, Item
from backend.core.streams.ring import HERE, Bell, RedisRing, channel_of, pack, unpack
from infra.embedded.valkey import Valkey


def batch(stream: UUID, *, seq: int = 1) -> Batch:
    items = (Item(seq=seq, data=b'{"body":"h\xc3\xa9 jij"}', by=(uuid4(),)),)
    return Batch(stream=stream, after=seq - 1, to=seq, items=items)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the ring has no event for "heard"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(url: str) -> AsyncIterator[tuple[RedisRing, list[Batch]]]:
    heard: list[Batch] = []
    ring = RedisRing(url=url, hear=heard.append, on_healthy=lambda: None)
    task = asyncio.create_task(ring.run())
    await until(lambda: ring.healthy)
    try:
        yield ring, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process publishes counts as another's, and it does not take itself for alone."""
    monkeypatch.setattr(ring_module, "COUNT_S", 3600.0)
    packed = ring_module.pack
    monkeypatch.setattr(ring_module, "pack", lambda told: bytes(8) + packed(told)[8:])


def test_what_is_packed_is_unpacked_and_sealed() -> None:
    told = batch(uuid4())
    assert unpack(told.stream, pack(told))[1] == told
    assert b"jij" not in pack(told)
    with pytest.raises(seal.Unreadable):
        unpack(uuid4(), pack(told))


def test_effects_and_chosen_viewers_travel_as_a_doorbell() -> None:
    stream = uuid4()
    for item in (Item(seq=1, data=b"{}", effects=Effects()), Item(seq=1, data=b"{}", only=frozenset({uuid4()}))):
        _, told = unpack(stream, pack(Batch(stream=stream, after=0, to=1, items=(item,))))
        assert (told.after, told.to, told.items) == (0, 1, None)


async def test_a_followed_stream_is_heard_and_no_other(valkey: Valkey) -> None:
    mine, other = uuid4(), uuid4()
    async with running(valkey.url) as (ring, heard):
        await ring.follow([mine])
        for stream in (other, mine):
            ring.ring([batch(stream)])
        await until(lambda: bool(heard))
        assert [told.stream for told in heard] == [mine]
        ring.unfollow(mine)
        await ring.follow([other])  # confirmed behind the unsubscription
        ring.ring([batch(mine)])
        ring.ring([batch(other)])
        await until(lambda: len(heard) > 1)
        assert [told.stream for told in heard] == [mine, other]


async def test_a_process_does_not_hear_itself(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_module, "pack", pack)
    stream = uuid4()
    async with running(valkey.url) as (ring, heard):
        await ring.follow([stream])
        ring.ring([batch(stream)])
        monkeypatch.setattr(ring_module, "pack", lambda told: bytes(8) + pack(told)[8:])
        ring.ring([batch(stream, seq=2)])
        await until(lambda: bool(heard))
        assert [told.to for told in heard] == [2]


async def test_forged_messages_are_dropped(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = uuid4()
    async with running(valkey.url) as (ring, heard):
        await ring.follow([stream])
        for forged in (b"", b"x", bytes(8) + b"\x01" + bytes(80), bytes(8) + b"\x09" + bytes(80)):
            monkeypatch.setattr(ring_module, "pack", lambda told, forged=forged: forged)
            ring.ring([batch(stream)])
        monkeypatch.setattr(ring_module, "pack", lambda told: bytes(8) + pack(told)[8:])
        ring.ring([batch(stream, seq=5)])
        await until(lambda: bool(heard))
        assert [told.to for told in heard] == [5]


async def test_the_server_may_go_away_and_come_back(own_valkey: Valkey) -> None:
    stream = uuid4()
    async with running(own_valkey.url) as (ring, heard):
        await ring.follow([stream])
        own_valkey.kill()
        await until(lambda: not ring.healthy)
        ring.ring([batch(stream)])  # lost, and no error
        own_valkey.start()
        await until(lambda: ring.healthy)
        ring.ring([batch(stream, seq=2)])
        await until(lambda: bool(heard))
        assert [told.to for told in heard] == [2]


def test_a_connection_that_has_just_gone_takes_nothing_and_harms_nobody(own_valkey: Valkey) -> None:
    async def run() -> None:
        async with running(own_valkey.url) as (ring, _):
            for link in (ring.link, ring.out):
                assert link is not None
                link.transport.abort()
            for _ in range(8):  # until it has noticed
                ring.ring([batch(uuid4())])
                ring.unfollow(uuid4())
                await asyncio.sleep(0)

    uvloop.run(run())  # the loop that the servers run on: it raises on such a write


async def test_a_process_without_sockets_is_heard(valkey: Valkey) -> None:
    stream = uuid4()
    async with running(valkey.url) as (ring, heard):
        await ring.follow([stream])
        await asyncio.to_thread(Bell(valkey.url).ring, [batch(stream)])
        await until(lambda: bool(heard))


def test_a_bell_without_a_server_is_silent() -> None:
    Bell("unix:///nonexistent/socket").ring([batch(uuid4())])


def test_channels_are_named_by_stream() -> None:
    assert channel_of(UUID(int=1)) == b"ring:" + b"0" * 31 + b"1"


async def test_who_is_alone_does_not_publish_until_another_comes(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_module, "COUNT_S", 0.01)
    stream = uuid4()
    async with running(valkey.url) as (first, unheard):
        await first.follow([stream])
        await until(lambda: first.alone)
        first.ring([batch(stream)])
        monkeypatch.setattr(ring_module, "ORIGIN", bytes(7) + b"2")  # the next is another process
        async with running(valkey.url) as (second, heard):
            await second.follow([stream])
            await until(lambda: not first.alone)
            first.ring([batch(stream, seq=2)])
            await until(lambda: bool(heard))
            assert [told.to for told in heard] == [2]
            assert [told.to for told in unheard] == [2]  # its own pack is another's here
            assert not second.alone
        await until(lambda: first.alone)


def test_an_answer_that_is_older_than_who_came_is_not_believed() -> None:
    ring = RedisRing(url="", hear=lambda _: None, on_healthy=lambda: None)
    ring._counted([HERE, 1])
    assert ring.alone
    ring._told([b"message", HERE, b"another."])
    ring._counted([HERE, 1])  # asked before
    assert not ring.alone
