"""Who of the peer experts is not there, and whether anybody watches, is known above; it is asked through here.

None is known here by name. Where nobody can say, they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

Away = Callable[[datetime], "QuerySet[Any, Any]"]
"""At a time → the roles (ids, as a query) of those who are away."""
Off = Callable[[datetime], Collection[UUID]]
"""At a time → the roles of those who have said when they are there, and it is not then."""
Watch = Callable[[datetime], bool]
"""At a time → whether somebody is on duty who can look at what goes wrong."""

_asked: list[Away] = []
_off: list[Off] = []
_watches: list[Watch] = []


def register(away: Away) -> None:
    """Called once per app at `ready()`."""
    if away not in _asked:
        _asked.append(away)


def register_off(off: Off) -> None:
    """Called once per app at `ready()`."""
    if off not in _off:
        _off.append(off)


def register_watch(watch: Watch) -> None:
    """Called once per app at `ready()`."""
    if watch not in _watches:
        _watches.append(watch)


def roles_away(*, at: datetime) -> list[QuerySet[Any, Any]]:
    """Queries for the roles of who is away."""
    return [away(at) for away in _asked]


def roles_off(*, at: datetime) -> set[UUID]:
    """The roles of who is not there at this hour, by what they have said themselves."""
    return {role for off in _off for role in off(at)}


def is_watched(*, at: datetime) -> bool:
    """Whether somebody watches; so it is, where nobody was asked to."""
    return not _watches or any(watch(at) for watch in _watches)
