"""What travels from the database to a socket: rendered events, who may see them, and what they do to the hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

INBOX = "inbox"
MOST_SEQ = 2**53 - 1  # what every client's numbers can hold


@dataclass(frozen=True, slots=True)
class Effects:
    """What the hub does, in stream order, when it comes to an event.

    Even empty ones make it forget what it has at hand: what was said before may look different now.
    """

    refresh: tuple[UUID, ...] = ()  # accounts whose views are read anew before they get this event or a later one
    opens: UUID | None = None  # the inbox's owner now follows this stream
    opens_after: int = 0  # … from behind this seq
    closes: UUID | None = None  # this session's sockets close
    closes_code: int = 0  # with this code; with no session named, all of the account's sockets


class Item(NamedTuple):
    """One rendered event.

    `data` is its JSON (with `seq` and `type`), the same for every viewer; empty when nobody is shown anything.
    `by`: memberships; a viewer who has a block with one of them does not get it. `only`: accounts that get it
    (None: all who follow the stream; `effects.refresh` names them too, for who is live). `about`: the seq of an
    earlier message that it tells of; who does not see that one (it was said before they came) does not get this one
    either.
    """

    seq: int
    data: bytes
    by: tuple[UUID, ...] = ()
    only: frozenset[UUID] | None = None
    effects: Effects | None = None
    about: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What one account may see of one stream.

    Inclusive spans of seqs (None: open), and memberships it has a block with.
    """

    account: UUID
    spans: tuple[tuple[int, int | None], ...] = ((1, None),)
    hidden: frozenset[UUID] = frozenset()

    def sees(self, item: Item) -> bool:
        """Whether the item is for this viewer."""
        return (
            bool(item.data)
            and self.sees_seq(item.seq)
            and (item.about is None or self.sees_seq(item.about))
            and not (self.hidden and self.hidden.intersection(item.by))
            and (item.only is None or self.account in item.only)
        )

    def sees_seq(self, seq: int) -> bool:
        """Whether the viewer belonged when this was said."""
        return any(first <= seq and (last is None or seq <= last) for first, last in self.spans)


class Batch(NamedTuple):
    """The range (after, to] of a stream as it is announced; `items` is None for a bare doorbell."""

    stream: UUID
    after: int
    to: int
    items: tuple[Item, ...] | None = None


def events_frame(*, name: str, after: int, to: int, items: Sequence[Item]) -> bytes:
    """The JSON of an `events` frame, put together from ready parts."""
    return b'{"op":"events","stream":"%b","after":%d,"to":%d,"events":[%b]}' % (
        name.encode(),
        after,
        to,
        b",".join([item.data for item in items]),
    )
