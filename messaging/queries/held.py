"""What waits for a person: one's own, and of a group for who looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from backend.core.accounts.models import Account
from backend.core.sealing import datakeys
from messaging import access, payloads, shown
from messaging.held import Opened, opened
from messaging.holding.titles import TITLES
from messaging.models import HeldMessage


def held_by(*, account: Account) -> QuerySet[HeldMessage]:
    """One's own that wait, or came back and were not put away."""
    there = HeldMessage.objects.filter(membership__account=account, membership__state="active", body__isnull=False)
    return there.select_related("membership")


def held_in(*, by: Account, group: UUID) -> QuerySet[HeldMessage]:
    """What waits in a group that the caller leads. Raises `NotFound`, `Forbidden`."""
    access.group_lead(by=by, group=group)
    return waiting_in(group=group)


def waiting_in(*, group: UUID) -> QuerySet[HeldMessage]:
    """What waits in a group, of those who still belong to it."""
    there = HeldMessage.objects.filter(conversation=group, membership__state="active", state="waiting")
    return there.select_related("membership")


def held_shown(found: Sequence[HeldMessage]) -> list[dict[str, Any]]:
    """As who looks sees them: who wrote it, what was found in it and where."""
    return [{**told, "from": shown.membership_told(there.membership)} for there, told in _told(found)]


def own_held_shown(found: Sequence[HeldMessage]) -> list[dict[str, Any]]:
    """As their author sees them."""
    return [told for _, told in _told(found)]


def _told(found: Sequence[HeldMessage]) -> list[tuple[HeldMessage, dict[str, Any]]]:
    keys = datakeys.found_keys({there.conversation_id for there in found if there.body is not None})
    return [(there, _shown(there, opened(there, key=keys.get(there.conversation_id)))) for there in found]


def _shown(there: HeldMessage, text: Opened) -> dict[str, Any]:
    return {
        "id": there.id,
        "conversation": there.conversation_id,
        "client_id": there.client_id,
        "state": there.state,
        "body": text.body,
        "reply_to": there.reply_to,
        "newcomer": there.newcomer,
        "hits": [
            {"kind": hit.kind.value, "start": hit.start, "end": hit.end, "why": str(TITLES[hit.kind.value])}
            for hit in text.hits
        ],
        "word": text.word,
        "held_at": payloads.utc(there.held_at),
        "due_at": payloads.utc(there.due_at),
        "seq": there.seq,
        "version": there.version,
    }
