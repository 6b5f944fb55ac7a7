"""Looks that somebody is told of later, while it would endanger somebody to be told at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

HeldBack = Callable[[], Collection[UUID]]
"""→ the ids (`ref` of a look) of which nobody is told yet: always few."""

_held_back: list[HeldBack] = []


def register(held_back: HeldBack) -> None:
    """Called once per app at `ready()`."""
    if held_back not in _held_back:
        _held_back.append(held_back)


def held_back() -> list[str]:
    """All of them, as they are in the audit."""
    return [str(ref) for held in _held_back for ref in held()]
