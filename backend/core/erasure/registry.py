"""What each app erases of an account, and when. Every app with a table registers at `ready()`; a test walks all models.

1. `beside`, `stop`: inside the write that begins it. What concerns others ends there: contacts, shares, requests.
2. `clear`: the worker, at once and again until it is done: rows and keys that are nobody else's business.
3. `pieces`, `take`: what others see, each piece at a random time of its own within a day.
4. `last`: inside the write that deletes the account and all that goes with it. Nothing may be told to it any more.

Everything may run twice: a worker that died in between is followed by one that begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account

# How a model is erased.
WITH_ACCOUNT = "goes with the account"  # by foreign keys that cascade; held by the test
BY_STEP = "by a step of its part"
NOTHING = "holds nothing of anybody"


def kept(because: str) -> str:
    """A model that outlives the account, and why it may."""
    return f"kept: {because}"


@dataclass(frozen=True, slots=True)
class Part:
    """What one app does. `order`: low comes first; parts of the same order do not depend on each other."""

    name: str
    models: Mapping[str, str]  # name of the model → how it is erased
    order: int = 50
    beside: Callable[[UUID], set[UUID]] = field(default=lambda account: set())  # whose accounts `stop` changes, too
    stop: Callable[[Account, datetime], None] = field(default=lambda account, at: None)
    clear: Callable[[UUID, datetime], None] = field(default=lambda account, at: None)
    pieces: Callable[[UUID], Iterable[UUID]] = field(default=lambda account: ())
    take: Callable[[UUID, UUID, datetime], None] = field(default=lambda account, ref, at: None)
    last: Callable[[UUID, datetime], None] = field(default=lambda account, at: None)


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Called once per app at `ready()`."""
    _parts[part.name] = part


def parts() -> list[Part]:
    """All of them, in their order."""
    return sorted(_parts.values(), key=lambda part: (part.order, part.name))


def part(name: str) -> Part:
    """One of them."""
    return _parts[name]
