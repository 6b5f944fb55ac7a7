"""Who of the peer experts is away is known above; it is asked through here. None is known here by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

Away = Callable[[datetime], "QuerySet[Any, Any]"]
"""At a time → the roles (ids, as a query) of those who are away."""

_asked: list[Away] = []


def register(away: Away) -> None:
    """Called once per app at `ready()`."""
    if away not in _asked:
        _asked.append(away)


def roles_away(*, at: datetime) -> list[QuerySet[Any, Any]]:
    """Queries for the roles of who is away."""
    return [away(at) for away in _asked]
