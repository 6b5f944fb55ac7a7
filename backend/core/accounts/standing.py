"""Who reacts, in the same transaction, when an account is locked or unlocked. Core knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from backend.core.accounts.models import Account

Listener = Callable[[Account, datetime], None]
"""`listener(account, at)`; `account.is_locked` says which way it went. Runs inside the write, before its commit."""

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Called once per app at `ready()`."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(*, account: Account, at: datetime) -> None:
    """Called by the write that changed `locked_at`."""
    for listener in _listeners:
        listener(account, at)
