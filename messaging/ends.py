"""Who reacts, in the same transaction, when a direct talk or an introduction ends. None is known here by name.

`beside` says first whose accounts the reaction needs, so that all are held in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from backend.core.accounts.models import Account
from messaging.models import Conversation


class How(StrEnum):
    """Why a talk ends."""

    LEFT = "left"
    BLOCKED = "blocked"
    CLOSED = "closed"  # by what has already been decided elsewhere: a handover is done, a contact has ended


@dataclass(frozen=True, slots=True)
class End:
    """The end of a talk, which the write holds; `by` is None where nobody in it has ended it."""

    conversation: Conversation
    how: How
    by: Account | None
    at: datetime


Listener = Callable[[End], None]
"""Runs inside the write, before the talk is closed; may refuse by raising."""

Beside = Callable[[set[UUID]], set[UUID]]
"""Conversations → the accounts that the listener needs to hold when one of them ends."""

_listeners: list[tuple[Listener, Beside]] = []


def register(listener: Listener, *, beside: Beside) -> None:
    """Called once per app at `ready()`."""
    if (listener, beside) not in _listeners:
        _listeners.append((listener, beside))


def accounts_beside(conversations: set[UUID]) -> set[UUID]:
    """Whose accounts are held, too, before one of these conversations ends."""
    return {account for _, beside in _listeners for account in beside(conversations)} if conversations else set()


def tell(end: End) -> None:
    """Called by the write that ends the talk."""
    for listener, _ in _listeners:
        listener(end)
