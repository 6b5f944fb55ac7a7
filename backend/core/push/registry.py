"""Who is woken by what happens in a stream: each app says it for its own kinds of events, at `ready()`.

Each kind has an answer: whom it wakes, or why it wakes nobody. A kind without one is found by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event

Place = tuple[UUID, int]
"""A stream and a seq in it."""

Woken = Callable[[Sequence[Event], datetime], Mapping[Place, Collection[UUID]]]
"""`woken(events, at)` → the accounts that each of the events wakes; events of its kinds, in any number of streams.

It is asked twice: soon after the event, and once more just before the push goes out. A fixed number of queries. Who is
kept out needs no thought: they are left out here.
"""

NextOpen = Callable[[datetime], datetime]
"""The first moment from a time on at which somebody may be woken for a kind."""

Hours = Callable[[Collection[UUID]], Mapping[UUID, NextOpen]]
"""`hours(accounts)` → when each may be woken for a kind; who is left out: at any time. One query."""


@dataclass(frozen=True, slots=True)
class _Answer:
    kind: Kind
    woken: Woken
    while_suspended: bool


_woken: dict[str, _Answer] = {}
_silent: dict[str, str] = {}
_hours: dict[Kind, Hours] = {}


def register_woken(*, kinds: Iterable[str], as_kind: Kind, woken: Woken, while_suspended: bool = False) -> None:
    """Called at `ready()`. `while_suspended`: who is suspended may read it, and is woken for it, too."""
    for kind in kinds:
        _woken[kind] = _Answer(as_kind, woken, while_suspended)


def register_silent(*, kinds: Iterable[str], why: str) -> None:
    """Called at `ready()`: these events wake nobody, and why."""
    for kind in kinds:
        _silent[kind] = why


def register_hours(*, as_kind: Kind, hours: Hours) -> None:
    """Called at `ready()`: what is of this kind has hours of its own, besides everybody's quiet hours."""
    _hours[as_kind] = hours


def answers() -> dict[str, Kind | str]:
    """Event kind → as what it wakes, or why it wakes nobody."""
    return {**_silent, **{kind: answer.kind for kind, answer in _woken.items()}}


def kind_of(event_kind: str) -> Kind | None:
    """What the event is for who is woken by it."""
    found = _woken.get(event_kind)
    return None if found is None else found.kind


def hours_of(wanted: Mapping[UUID, Collection[Kind]]) -> dict[tuple[UUID, Kind], NextOpen]:
    """(Account, kind) → its hours, for those of the kinds of each account that have any. A query for each such kind."""
    found: dict[tuple[UUID, Kind], NextOpen] = {}
    for kind, hours in _hours.items():
        accounts = [account for account, kinds in wanted.items() if kind in kinds]
        if accounts:
            found |= {(account, kind): opens for account, opens in hours(accounts).items()}
    return found


def woken_by(events: Sequence[Event], *, at: datetime) -> dict[UUID, list[Event]]:
    """Account → the events that wake it, in the order given; nobody for what they are kept from reading."""
    grouped: dict[Woken, list[Event]] = {}
    for event in events:
        if event.kind in _woken:
            grouped.setdefault(_woken[event.kind].woken, []).append(event)
    found: dict[UUID, list[Event]] = {}
    for woken, some in grouped.items():
        accounts = woken(some, at)
        for event in some:
            for account in accounts.get((event.stream_id, event.seq), ()):
                found.setdefault(account, []).append(event)
    for account, suspended in kept_out(found).items():
        found[account] = [event for event in found[account] if suspended and _woken[event.kind].while_suspended]
    return {account: heard for account, heard in found.items() if heard}


def kept_out(accounts: Collection[UUID]) -> dict[UUID, bool]:
    """Those among them who are locked: a push would lead to nothing. True: by a decision, about which they may read."""
    if not accounts:
        return {}
    locked = Account.objects.filter(id__in=accounts, locked_at__isnull=False)
    return {account: since is not None for account, since in locked.values_list("id", "suspended_at")}
