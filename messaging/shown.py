"""What is told of a message, a membership, a conversation and a group: the same in events, lists and snapshots."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.sealing import datakeys, seal
from messaging import payloads
from messaging.accepting.batch import body_aad
from messaging.models import Conversation, Group, Membership, Message

log = logging.getLogger(__name__)


def membership_told(there: Membership) -> dict[str, Any]:
    """A membership as the others in the conversation see it."""
    state = "dormant" if there.state == "active" and there.dormant else there.state
    return {
        "id": there.id,
        "alias": there.alias,
        "avatar_key": there.avatar_key,
        "peer": there.peer_id,
        "part": there.part,
        "state": state,
    }


def known_membership_told(there: Membership) -> dict[str, Any]:
    """A membership as its owner sees it, or who leads the group: also until when they cannot write."""
    return {**membership_told(there), "muted_until": payloads.utc(there.muted_until)}


def conversation_told(there: Conversation) -> dict[str, Any]:
    """A conversation as its members see it."""
    told: dict[str, Any] = {
        "id": there.id,
        "kind": there.kind,
        "closed_at": payloads.utc(there.closed_at),
        "group": None,
    }
    if there.kind == Conversation.Kind.GROUP:
        told["group"] = group_told(there.group)
    return told


def group_told(there: Group) -> dict[str, Any]:
    """A group as everybody sees it who looks for one: nothing about who or how many belong to it."""
    return {
        "title": there.title,
        "about": there.about,
        "rules": there.rules,
        "asks": there.asks,
        "languages": there.languages,
        "domains": there.domains,
        "region": there.region_id,
        "slow_mode_s": there.slow_mode_s,
        "opening_hours": there.opening_hours,
        "shows_earlier": there.earlier_from_seq is not None,
        "closes_at": payloads.utc(there.closes_at),
        "premoderation": there.premoderation,
        "paused_at": payloads.utc(there.paused_at),
        "paused_why": there.paused_why or None,
    }


def message_told(there: Message, *, text: str | None) -> dict[str, Any]:
    """A message as everybody who may see it sees it."""
    by = there.membership
    return payloads.message(
        seq=there.seq,
        message_id=there.message_id,
        conversation=there.conversation_id,
        sender=payloads.Sender(membership=by.id, alias=by.alias, avatar_key=by.avatar_key, peer=by.peer_id),
        body=text,
        sent_at=there.sent_at,
        reply_to=there.reply_to,
        edited_at=there.edited_at,
        retracted_at=there.retracted_at,
        hidden_at=there.hidden_at,
    )


def tell_messages(rows: Iterable[Message]) -> dict[tuple[UUID, int], dict[str, Any]]:
    """The messages as everybody sees them, by (conversation, seq), with at most one query for keys.

    What cannot be opened (its key was destroyed, and the row follows) is left out: it must not hold up the rest.
    """
    rows = list(rows)
    keys = datakeys.found_keys({row.conversation_id for row in rows if _shows_text(row)})
    told = {}
    for row in rows:
        try:
            told[row.pk] = message_told(row, text=text_of(row, key=keys.get(row.conversation_id)))
        except seal.Unreadable:
            log.error("a message cannot be opened")  # not which: an id in a log outlives its subject
    return told


def text_of(there: Message, *, key: AESGCM | None) -> str | None:
    """The text that is shown, opened with the conversation's key; None once retracted and while hidden.

    Raises `Unreadable`.
    """
    return unsealed(there, key=key) if _shows_text(there) else None


def unsealed(there: Message, *, key: AESGCM | None) -> str:
    """The text that there is, whether it is shown or not. Raises `Unreadable`."""
    if key is None or there.body is None:
        raise seal.Unreadable
    place = body_aad(
        message=there.message_id,
        version=there.version,
        conversation=there.conversation_id,
        membership=there.membership_id,
    )
    return seal.unseal(key=key, sealed=bytes(there.body), aad=place).decode()


def _shows_text(there: Message) -> bool:
    return there.body is not None and there.hidden_at is None
