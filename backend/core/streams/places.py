"""Who is where: a socket, its place in each of its streams, and a stream with the sockets that follow it here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

from backend.core.streams.item import Batch, Item, View

FEW = 8  # sockets; what is for so few is gathered with what else each of them gets in this tick
SLICE = 256  # sockets written to before others get a turn
KEPT = 64  # recent items at hand per stream, for sockets that lag a little


class Place:
    """Where one socket is in one stream: live, or catching up from `at`, or parked until the client resumes."""

    __slots__ = ("at", "channel", "live", "parked", "view")

    def __init__(self, channel: Channel, at: int, view: View | None) -> None:
        self.channel = channel
        self.at = at
        self.view = view  # None: to be read anew before anything is shown
        self.live = False
        self.parked = False


class Conn:
    """One socket. `write` takes finished text frames, `post` takes one and writes it at the end of the loop's tick.

    `close` takes a code and whether the client may come back.
    """

    __slots__ = (
        "account",
        "catching",
        "close",
        "closed",
        "inbox",
        "paused",
        "places",
        "post",
        "session",
        "unsent",
        "write",
    )

    def __init__(
        self,
        *,
        account: UUID,
        session: UUID,
        inbox: UUID,
        write: Callable[[bytes], None],
        post: Callable[[bytes], None],
        close: Callable[[int, bool], None],
        unsent: Callable[[], int],
    ) -> None:
        self.account = account
        self.session = session
        self.inbox = inbox
        self.write = write
        self.post = post
        self.close = close
        self.unsent = unsent  # bytes that the transport still holds
        self.places: dict[UUID, Place] = {}
        self.catching: asyncio.Task[None] | None = None
        self.paused = False
        self.closed = False


class Channel:
    """One stream with sockets here. Heard up to `last`; the live sockets were handed everything up to `told`."""

    __slots__ = (
        "conns",
        "due",
        "early",
        "kept",
        "kept_after",
        "last",
        "live",
        "mending",
        "name",
        "pending",
        "pending_bytes",
        "queue",
        "shared",
        "stream",
        "told",
        "wanted",
        "written",
    )

    def __init__(self, stream: UUID, name: str, last: int) -> None:
        self.stream = stream
        self.name = name
        self.last = self.told = self.written = self.wanted = self.kept_after = last
        self.conns: dict[Conn, Place] = {}
        self.live: dict[Conn, Place] = {}
        self.shared: tuple[Conn, ...] | None = None  # the live sockets as a tuple, until they change
        self.pending: list[Item] = []
        self.pending_bytes = 0
        self.due = False
        self.queue: deque[tuple[tuple[Conn, ...], bytes]] | None = None  # being written, slice by slice
        self.early: dict[int, Batch] = {}
        self.mending: asyncio.Task[None] | None = None
        self.kept: list[Item] = []

    def join(self, conn: Conn, place: Place) -> None:
        place.live = True
        self.live[conn] = place
        self.shared = None

    def part(self, conn: Conn, place: Place, at: int) -> None:
        if place.live:
            place.live, place.at = False, at
            del self.live[conn]
            self.shared = None

    def kept_since(self, after: int) -> list[Item] | None:
        """The items behind `after` if they are at hand."""
        return [item for item in self.kept if item.seq > after] if after >= self.kept_after else None

    def forget_old(self) -> None:
        """Keep a few items at hand, not all."""
        if len(self.kept) > 2 * KEPT:
            self.kept_after = self.kept[-KEPT - 1].seq
            del self.kept[:-KEPT]

    def forget_all(self, after: int) -> None:
        """Nothing is at hand any more, up to `after`."""
        self.kept.clear()
        self.kept_after = after

    # -- writing to the live sockets ----------------------------------------------------------------------------------

    def write(self, frame: bytes) -> None:
        """Hand a frame, which goes up to `told`, to all live sockets: slice by slice, if they are many."""
        if self.shared is None:
            self.shared = tuple(self.live)
        if self.queue is not None:
            self.queue.append((self.shared, frame))
        elif len(self.shared) <= SLICE:
            _write(self.shared, frame)
            self.written = self.told
        else:
            self.queue = deque([(self.shared, frame)])
            self._write_slice()

    def drain(self) -> None:
        """Write what is queued to the end, now."""
        for conns, frame in self.queue or ():
            _write(conns, frame)
        self.queue, self.written = None, self.told

    def _write_slice(self) -> None:
        """Write the next slice; the rest later, so that others get a turn."""
        if not self.queue:
            return
        conns, frame = self.queue.popleft()
        _write(conns[:SLICE], frame)
        if len(conns) > SLICE:
            self.queue.appendleft((conns[SLICE:], frame))
        if self.queue:
            asyncio.get_running_loop().call_soon(self._write_slice)
        else:
            self.queue, self.written = None, self.told


def _write(conns: Sequence[Conn], frame: bytes) -> None:
    if len(conns) <= FEW:
        for conn in conns:
            if not conn.paused and not conn.closed:
                conn.post(frame)
        return
    for conn in conns:
        if not conn.paused and not conn.closed:
            conn.write(frame)
