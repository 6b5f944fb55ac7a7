"""Fetch one thing with permission. A line is its writer's alone."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from peers.journeys.models import Line

L = TypeVar("L", bound=Line)


def line(kind: type[L], *, by: Account, line: UUID, lock: bool = False) -> L:
    """One of the caller's own lines."""
    found = kind._default_manager.filter(account=by, id=line)
    there = (found.select_for_update(no_key=True) if lock else found).first()
    if there is None:
        raise NotFound
    return there
