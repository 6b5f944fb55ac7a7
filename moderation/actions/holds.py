"""Messages that waited too long: who moderates looks at them instead of who leads the group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import claim, write
from backend.core.sealing import vault
from messaging.actions import held as messages
from messaging.models import HeldMessage
from messaging.queries.held import held_shown
from moderation import access, events
from moderation.queries.holds import hold_for

AT_ONCE = 200


@write
def escalate_due(*, now: datetime) -> int:
    """Show to who moderates what nobody has looked at as promised; → how many rows."""
    due = HeldMessage.objects.filter(state="waiting", escalated_at=None, due_at__lte=now).order_by("due_at")
    rows = claim(due, limit=AT_ONCE)
    HeldMessage.objects.filter(id__in=[there.id for there in rows]).update(escalated_at=now)
    if rows:
        events.tell_moderators(now=now)
    return len(rows)


@write
def read_hold(*, by: Account, held: UUID, now: datetime) -> Mapping[str, Any]:
    """The text and what was found in it; its author can see that somebody has looked.

    Raises `ModeratorNeeded`, `NotFound`.
    """
    role = access.moderator(by=by)
    there = hold_for(role=role, held=held)
    told = {
        "reason": str(vault.Reason.CASE),
        "what": "held",
        "ref": str(held),
        "role": str(role.id),
        "role_kind": role.kind,
        "count": 1,
    }
    audit(action=vault.OPENED, at=now, by=by.id, subject=there.membership.account_id, data=told)
    return held_shown([there])[0]


@write
def release_hold(*, by: Account, held: UUID, version: int, now: datetime) -> None:
    """Post it. Raises `ModeratorNeeded`, `NotFound`, and as `release_held`."""
    role = access.moderator(by=by)
    group = hold_for(role=role, held=held).conversation_id
    messages.release_held(role=role, group=group, held=held, version=version, now=now)
    events.tell_moderators(now=now)


@write
def return_hold(*, by: Account, held: UUID, version: int, word: str, now: datetime) -> None:
    """Give it back with a word. Raises `ModeratorNeeded`, `NotFound`, and as `return_held`."""
    role = access.moderator(by=by)
    group = hold_for(role=role, held=held).conversation_id
    messages.return_held(role=role, group=group, held=held, version=version, word=word, now=now)
    events.tell_moderators(now=now)
