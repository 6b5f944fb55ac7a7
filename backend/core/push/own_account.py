"""Whom an event about the account itself wakes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.accounts import events as kinds
from backend.core.accounts.models import Recovery
from backend.core.push.queries import woken_while
from backend.core.push.registry import Place, register_silent, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.RECOVERY_CHANGED], as_kind=Kind.ACCOUNT, woken=woken_by_recoveries)
    register_silent(kinds=[kinds.SETTINGS_CHANGED], why="one's own doing, or nothing that asks for anything")
    register_silent(kinds=[kinds.SESSION_REVOKED], why="one's own doing; the device that it ends has no push any more")


def woken_by_recoveries(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """The account, as long as there is something to object to: a helper has confirmed, or both and three days run."""
    states = dict(Recovery.objects.filter(id__in=[event.ref for event in events]).values_list("id", "state"))
    return woken_while(events, states, ("asked", "waiting"))
