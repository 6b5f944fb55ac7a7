"""What an account's inbox says about the account itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson

from backend.core.accounts.models import Account, Recovery
from backend.core.streams import registry
from backend.core.streams.item import Effects, Item, View
from backend.core.streams.models import Event

SESSION_REVOKED = "session.revoked"  # ref: the session
SETTINGS_CHANGED = "settings.changed"  # account, consents or profile: read them again
RECOVERY_CHANGED = "recovery.changed"  # ref: the recovery; whoever holds the access code can stop it

CLOSE_REVOKED = 4003
CLOSE_LOCKED = 4004


def render_revoked(events: Sequence[Event]) -> Iterable[Item]:
    """Closes the session's sockets; the account's other devices are told."""
    locked = set(
        Account.objects.filter(
            inbox__in={e.stream_id for e in events}, locked_at__isnull=False, erased_at=None
        ).values_list("inbox", flat=True)
    )
    for event in events:
        code = CLOSE_LOCKED if event.stream_id in locked else CLOSE_REVOKED
        data = orjson.dumps({"type": event.kind, "seq": event.seq, "session": event.ref})
        yield Item(seq=event.seq, data=data, effects=Effects(closes=event.ref, closes_code=code))


def render_settings(events: Sequence[Event]) -> Iterable[Item]:
    """Says only that something changed."""
    for event in events:
        yield Item(seq=event.seq, data=orjson.dumps({"type": event.kind, "seq": event.seq}))


def render_recovery(events: Sequence[Event]) -> Iterable[Item]:
    """How a recovery of the own account stands; one that is forgotten is over."""
    found = Recovery.objects.in_bulk({event.ref for event in events if event.ref})
    for event in events:
        there = found.get(event.ref) if event.ref else None
        told = {
            "type": event.kind,
            "seq": event.seq,
            "recovery": there.number if there else None,
            "state": there.state if there else "over",
            "due_at": there.due_at if there else None,
        }
        yield Item(seq=event.seq, data=orjson.dumps(told))


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[SESSION_REVOKED], renderer=render_revoked)
    registry.register_renderer(kinds=[SETTINGS_CHANGED], renderer=render_settings)
    registry.register_renderer(kinds=[RECOVERY_CHANGED], renderer=render_recovery)
    registry.register_views(view_inbox)


def view_inbox(account: UUID, stream: UUID | None) -> dict[UUID, View]:
    """Everybody sees their own inbox, from the start."""
    found = Account.objects.filter(id=account)
    if stream is not None:
        found = found.filter(inbox=stream)
    return {inbox: View(account=account) for inbox in found.values_list("inbox", flat=True)}
