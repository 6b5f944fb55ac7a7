"""The hub: brings what the streams say to this process's sockets, in order, without a hole.

A socket is *live* in a stream (it is where the stream is, and gets the shared bytes) or *catching up* (it has its own
position and is read for). A range that does not fit the last one is read from the database, so a lost or late ring
costs time and nothing else. A frame is built once; what arrives in one loop tick goes out as one write.

Free of Django and of messages: it knows streams, views and ranges. `docs/streams.md` has the states.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import orjson

from backend.core.streams.item import INBOX, Batch, Effects, Item, View, events_frame
from backend.core.streams.places import KEPT, Channel, Conn, Place
from backend.core.streams.wire import text_frame

log = logging.getLogger(__name__)

PAGE = 200  # events read at once
BEHIND = 1_000  # further behind than this: `resync`
HOLE_S = 0.03  # a range that comes early waits this long for the one before it
FRAME_BYTES = 48 * 1024
STALLED_S = 5.0  # a full socket that drains nothing for so long is closed
POLL_S = 1.0  # without a healthy ring
HEADS_S = 20.0  # with one


class Source(Protocol):
    """Where the hub reads what is true."""

    async def views(self, account: UUID) -> Mapping[UUID, tuple[int, View]]:
        """All streams of the account: a head read first, then the view."""

    async def view(self, account: UUID, stream: UUID) -> View | None: ...

    async def since(self, stream: UUID, after: int, limit: int) -> tuple[int, Sequence[Item]]: ...

    async def heads(self, streams: Iterable[UUID]) -> Mapping[UUID, int]: ...


class Ring(Protocol):
    """How the hub hears of what other processes commit."""

    @property
    def healthy(self) -> bool: ...

    async def follow(self, streams: Sequence[UUID]) -> None: ...

    def unfollow(self, stream: UUID) -> None: ...


class Hub:
    """All sockets of one process."""

    def __init__(self, *, source: Source, ring: Ring) -> None:
        self.source = source
        self.ring = ring
        self.channels: dict[UUID, Channel] = {}
        self.accounts: dict[UUID, set[Conn]] = {}
        self.delivered = self.resyncs = self.mended = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # -- sockets come and go ------------------------------------------------------------------------------------------

    async def attach(self, conn: Conn, cursors: Mapping[UUID, int]) -> dict[UUID, int]:
        """Let the socket follow all streams of its account, from its cursors or else the heads; → the heads."""
        views = await self.source.views(conn.account)
        await self._open(conn, list(views))
        if conn.closed:
            return {}
        self.accounts.setdefault(conn.account, set()).add(conn)
        heads = {}
        for stream, (head, view) in views.items():
            channel = self._channel(conn, stream, head)
            heads[stream] = channel.last
            place = Place(channel, cursors.get(stream, channel.last), view if head == channel.last else None)
            conn.places[stream] = channel.conns[conn] = place
        return heads

    def detach(self, conn: Conn) -> None:
        """Forget a socket that is gone."""
        conn.closed = True
        if conn.catching is not None:
            conn.catching.cancel()
        for stream in list(conn.places):
            self._leave(conn, stream)
        conns = self.accounts.get(conn.account, set())
        conns.discard(conn)
        if not conns:
            self.accounts.pop(conn.account, None)

    def resume(self, conn: Conn, cursors: Mapping[UUID, int]) -> None:
        """Send again from these positions, in the streams that the socket follows."""
        for stream, cursor in cursors.items():
            place = conn.places.get(stream)
            if place is not None:
                self._drain(place.channel)
                place.channel.part(conn, place, cursor)
                place.at, place.parked = cursor, False
        self.catch_up(conn)

    def pause(self, conn: Conn) -> None:
        """The transport holds too much: the socket leaves the shared sets and is read for once there is room."""
        if conn.paused:
            return
        conn.paused = True
        for place in conn.places.values():
            channel = place.channel
            channel.part(conn, place, channel.written if channel.queue else channel.told)
        self._spawn(self._watch_stalled(conn))

    def unpause(self, conn: Conn) -> None:
        """The transport has room again."""
        conn.paused = False
        self.catch_up(conn)

    async def _open(self, conn: Conn, streams: Sequence[UUID]) -> None:
        """Channels for the streams: first listen, then read the head, so that nothing falls between."""
        new = [stream for stream in streams if stream not in self.channels]
        if new:
            await self.ring.follow(new)
            heads = await self.source.heads(new)
            for stream in new:
                self._channel(conn, stream, heads.get(stream, 0))

    def _channel(self, conn: Conn, stream: UUID, head: int) -> Channel:
        channel = self.channels.get(stream)
        if channel is None:
            name = INBOX if stream == conn.inbox else str(stream)
            channel = self.channels[stream] = Channel(stream, name, head)
        return channel

    def _leave(self, conn: Conn, stream: UUID) -> None:
        place = conn.places.pop(stream)
        channel = place.channel
        channel.part(conn, place, place.at)
        channel.conns.pop(conn, None)
        if not channel.conns and self.channels.get(stream) is channel:
            del self.channels[stream]
            self.ring.unfollow(stream)

    async def _follow(self, conn: Conn, stream: UUID, after: int) -> None:
        """The account belongs to one more conversation."""
        await self._open(conn, [stream])
        if not conn.closed and stream not in conn.places:
            channel = self._channel(conn, stream, after)
            conn.places[stream] = channel.conns[conn] = Place(channel, after, None)
            self.catch_up(conn)

    async def _watch_stalled(self, conn: Conn) -> None:
        before = conn.unsent()
        while True:
            await asyncio.sleep(STALLED_S)
            if not conn.paused or conn.closed:
                return
            held = conn.unsent()
            if held >= before:
                conn.close(4013, True)
                return
            before = held

    # -- what is heard ------------------------------------------------------------------------------------------------

    def hear(self, batch: Batch) -> None:
        """A range has been committed. Takes any range, any number of times, in any order."""
        channel = self.channels.get(batch.stream)
        if channel is None or batch.to <= channel.last:
            return
        channel.wanted = max(channel.wanted, batch.to)
        if batch.items is None:
            self._mend(channel, 0.0)
        elif batch.after > channel.last:
            if len(channel.early) < KEPT:
                channel.early[batch.after] = batch
            self._mend(channel, HOLE_S)
        else:
            self._advance(channel, batch.items)
            self._take_early(channel)

    async def poll(self) -> None:
        """Compare the heads of all streams here with the database's: what no ring told is read."""
        for stream, head in (await self.source.heads(list(self.channels))).items():
            self.hear(Batch(stream=stream, after=0, to=head))

    def _take_early(self, channel: Channel) -> None:
        while channel.early and (after := min(channel.early)) <= channel.last:
            self._advance(channel, channel.early.pop(after).items or ())

    def _mend(self, channel: Channel, delay: float) -> None:
        if channel.mending is None:
            channel.mending = self._spawn(self._read_hole(channel, delay))

    async def _read_hole(self, channel: Channel, delay: float) -> None:
        """Read from the database until the stream is where it was last heard to be."""
        try:
            await asyncio.sleep(delay)
            while channel.last < channel.wanted and channel.conns:
                _, items = await self.source.since(channel.stream, channel.last, PAGE)
                if not items:
                    channel.wanted = channel.last  # heard of more than there is
                    return
                self.mended += 1
                self._advance(channel, items)
                self._take_early(channel)
        finally:
            channel.mending = None

    def _advance(self, channel: Channel, items: Sequence[Item]) -> None:
        """Take in the next items. An effect happens exactly between the events before it and those after."""
        for item in items:
            if item.seq <= channel.last:
                continue
            if item.effects is not None:
                channel.last = item.seq - 1
                self._drain(channel)
                channel.forget_all(item.seq - 1)  # what was kept may not be true any more
                self._take_effect(channel, item.effects, item.seq)
            elif channel.pending_bytes > FRAME_BYTES:
                self._tell(channel)
            if item.about is not None:
                self._part_blind(channel, item.about, item.seq)
            channel.last = item.seq
            channel.kept.append(item)
            if item.data and item.only is None:
                channel.pending.append(item)
                channel.pending_bytes += len(item.data)
        channel.forget_old()
        if not channel.due and channel.conns:
            channel.due = True
            asyncio.get_running_loop().call_soon(self._tell, channel)

    def _part_blind(self, channel: Channel, about: int, seq: int) -> None:
        """Who was not there when the message was said that this is about leaves the shared set, and is read for."""
        blind = [(c, place) for c, place in channel.live.items() if place.view and not place.view.sees_seq(about)]
        if blind:
            channel.last = seq - 1
            self._drain(channel)
            for conn, place in blind:
                channel.part(conn, place, seq - 1)

    def _take_effect(self, channel: Channel, effects: Effects, seq: int) -> None:
        for account in effects.refresh:
            for conn in self.accounts.get(account, ()):
                if (place := conn.places.get(channel.stream)) is not None:
                    channel.part(conn, place, seq - 1)
                    place.view = None
        if effects.opens is not None:
            for conn in channel.conns:
                self._spawn(self._keep_trying(conn, partial(self._follow, conn, effects.opens, effects.opens_after)))
        if effects.closes_code:
            for conn in list(channel.conns):
                if effects.closes is None or effects.closes == conn.session:
                    conn.close(effects.closes_code, False)

    # -- what goes out ------------------------------------------------------------------------------------------------

    def _tell(self, channel: Channel) -> None:
        """Hand what is pending to the live sockets: one frame, one write each. The others read it for themselves."""
        channel.due = False
        if channel.told >= channel.last:
            return
        items, channel.pending, channel.pending_bytes = channel.pending, [], 0
        after, channel.told = channel.told, channel.last
        if len(channel.live) < len(channel.conns):
            for conn, place in channel.conns.items():
                if not place.live and not place.parked:
                    self.catch_up(conn)
        if not channel.live:
            channel.written = channel.told
            return
        frame = text_frame(events_frame(name=channel.name, after=after, to=channel.told, items=items))
        channel.write(frame)
        self.delivered += len(items) * len(channel.live)

    def _drain(self, channel: Channel) -> None:
        """Everything heard is written now, before something changes who may get it."""
        self._tell(channel)
        channel.drain()

    def catch_up(self, conn: Conn) -> None:
        """Bring every place of the socket to where its stream is, at once if it is there."""
        if conn.closed or conn.paused or conn.catching is not None:
            return
        for place in conn.places.values():
            if not self._try_join(conn, place):
                conn.catching = self._spawn(self._bring(conn))
                return

    def _try_join(self, conn: Conn, place: Place) -> bool:
        """Whether there is nothing to read for this place."""
        if place.live or place.parked:
            return True
        channel = place.channel
        if place.view is None or place.at != channel.last:
            return False
        if not place.view.hidden:  # a viewer with a block never shares the bytes of the others
            if channel.told < channel.last:
                self._tell(channel)
            channel.join(conn, place)
        return True

    async def _bring(self, conn: Conn) -> None:
        try:
            again = True
            while again:
                again = False
                for stream, place in list(conn.places.items()):
                    while conn.places.get(stream) is place and not conn.paused and not self._try_join(conn, place):
                        again = True
                        await self._keep_trying(conn, partial(self._read_for, conn, place))
        finally:
            conn.catching = None

    async def _keep_trying(self, conn: Conn, read: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """The database may be away for a while; the socket waits, it does not lose anything."""
        while not conn.closed:
            try:
                await read()
            except Exception as fault:
                log.warning("hub: reading failed (%s), trying again", type(fault).__name__)
                await asyncio.sleep(POLL_S)
            else:
                return

    async def _read_for(self, conn: Conn, place: Place) -> None:
        """One page for one place, from what is at hand or from the database."""
        channel = place.channel
        if place.view is None:
            view = await self.source.view(conn.account, channel.stream)
            if conn.places.get(channel.stream) is place:
                if view is None:
                    self._leave(conn, channel.stream)
                else:
                    place.view = view
            return
        if not 0 <= channel.last - place.at <= BEHIND:
            place.parked = True
            self.resyncs += 1
            conn.write(text_frame(orjson.dumps({"op": "resync", "stream": channel.name})))
            return
        after, view = place.at, place.view
        items: Sequence[Item] | None = channel.kept_since(after)
        if items is not None:
            to = channel.last
            await asyncio.sleep(0)
        else:
            to, items = await self.source.since(channel.stream, after, PAGE)
            to = min(to, channel.last)
        if place.view is not view or place.at != after or conn.closed or conn.places.get(channel.stream) is not place:
            return  # something changed who may get it, or from where: look again
        size, part = 0, []
        for item in items:
            if item.seq <= to and view.sees(item):
                part.append(item)
                size += len(item.data)
                if size > FRAME_BYTES:
                    to = item.seq
                    break
        place.at = to
        conn.write(text_frame(events_frame(name=channel.name, after=after, to=to, items=part)))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("hub: reading failed, the next poll tries again: %s", type(fault).__name__)
