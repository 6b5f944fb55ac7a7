"""What goes into the file: each app names its parts at `ready()`, and what it leaves out, with the reason.

A part is a list of rows. It is read in batches, each with a fixed number of queries, and goes on from `after`, so that
nobody has too much to take along and nothing is read twice. A test holds that every model of the house is in a part or
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from backend.core.accounts.models import Account

AT_ONCE = 200  # rows of a batch

Row = dict[str, Any]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Asking:
    """For whom a batch is read, at which time, and from where on (None: from the beginning)."""

    account: Account
    now: datetime
    after: Any = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of plain values, times, dates and ids. `after` is plain JSON; None: that was all."""

    rows: Sequence[Row]
    after: Any = None


Read = Callable[[Asking], Batch]


@dataclass(frozen=True, slots=True)
class Part:
    """`says` is told in the schema: what a row is."""

    name: str
    says: str
    read: Read


_parts: dict[str, Part] = {}
_covered: dict[type[Model], str] = {}


def register_part(*, name: str, says: str, read: Read, models: Iterable[type[Model]]) -> None:
    """Called at `ready()`. `models`: those whose rows about the member are told in it."""
    if name in _parts:
        raise RuntimeError(f"two parts {name}")
    _parts[name] = Part(name, says, read)
    for model in models:
        _covered[model] = name


def leave_out(*models: type[Model], why: str) -> None:
    """Called at `ready()`: nothing of these goes into the file, and why."""
    for model in models:
        _covered[model] = f"left out: {why}"


def parts() -> list[Part]:
    """All parts, in the order of the file."""
    return list(_parts.values())


def covered() -> dict[type[Model], str]:
    """Model → the part that tells it, or why none does."""
    return dict(_covered)


def rows_of(
    find: Callable[[Account], QuerySet[M]],
    show: Callable[[Sequence[M], Asking], Iterable[Row]],
    *,
    by: Collection[str] = ("id",),
    at_once: int = AT_ONCE,
) -> Read:
    """Reads a table in the order of `by`, fields that are never null and unique together; `show` gets a batch."""

    def read(asking: Asking) -> Batch:
        rows = find(asking.account)
        if asking.after is not None:
            rows = rows.filter(_beyond(list(zip(by, asking.after, strict=True))))
        found = list(rows.order_by(*by)[: at_once + 1])
        more, found = len(found) > at_once, found[:at_once]
        return Batch(list(show(found, asking)) if found else [], _key(found[-1], by) if more else None)

    return read


def each(show: Callable[[M], Row]) -> Callable[[Sequence[M], Asking], Iterable[Row]]:
    """For `rows_of`, where a row needs nothing but itself."""
    return lambda found, asking: [show(row) for row in found]


def at_once(show: Callable[[Asking], Iterable[Row]]) -> Read:
    """For what nobody has much of: all of it in one batch."""
    return lambda asking: Batch(list(show(asking)))


def _beyond(key: Sequence[tuple[str, Any]]) -> Q:
    (field, value), *rest = key
    beyond = Q(**{f"{field}__gt": value})
    return Q(**{f"{field}__gte": value}) & (beyond | _beyond(rest)) if rest else beyond


def _key(row: Model, by: Collection[str]) -> list[Any]:
    """As JSON keeps it, and a filter takes it."""
    values = [getattr(row, field) for field in by]
    return [value if isinstance(value, int) else str(value) for value in values]
