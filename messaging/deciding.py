"""What who leads a group decides about one person: kept, told and undone above, in the same write.

The keeper is not known here by name. Without one nothing is refused and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.core.accounts.models import Role
from messaging.models import Membership

OF_THE_GROUP = "group"  # the rule that says: keep to the rules of this group


@dataclass(frozen=True, slots=True)
class Why:
    """The rule that was broken, and what happened in a few words."""

    rule: str = OF_THE_GROUP
    words: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """`kind` (hide, mute or remove) has been done to a membership, by a role that leads there.

    `before` is what it was, as undoing asks for it.
    """

    kind: str
    by: Role
    membership: Membership
    why: Why
    before: Mapping[str, object]
    at: datetime
    seq: int | None = None  # of the message that is hidden
    until: datetime | None = None


class Keeper(Protocol):
    """Who keeps decisions."""

    def check(self, why: Why) -> None:
        """Raises what is wrong with the reason, before anything is done."""

    def keep(self, act: Act) -> None:
        """Runs inside the write that did it."""

    def lift(self, *, kind: str, by: Role, membership: Membership, seq: int | None, at: datetime) -> bool:
        """Undo what leads have decided like this; → whether there was anything. Raises where others decided it."""


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    """Called once at `ready()`."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def check(why: Why) -> None:
    """Before anything is done."""
    for keeper in _keepers:
        keeper.check(why)


def keep(act: Act) -> None:
    """It has been done."""
    for keeper in _keepers:
        keeper.keep(act)


def lift(*, kind: str, by: Role, membership: Membership, seq: int | None = None, at: datetime) -> bool:
    """It is taken back by who leads; → whether a keeper has brought back what was."""
    lifted = [keeper.lift(kind=kind, by=by, membership=membership, seq=seq, at=at) for keeper in _keepers]
    return any(lifted)
