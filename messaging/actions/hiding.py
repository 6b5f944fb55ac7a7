"""Hiding a message by a decision, and showing it again. Who may decide is for the caller to know."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from messaging import events
from messaging.models import Message


@write
def hide_message(*, conversation: UUID, seq: int, now: datetime) -> Message:
    """Show its text to nobody, live, on resume and in the history; text, versions and reactions stay as they are.

    What is hidden already stays so. Raises `NotFound`.
    """
    there = _held(conversation, seq)
    if there.hidden_at is None:
        there.hidden_at = max(now, there.sent_at)
        _save(there, kind=events.MESSAGE_HIDDEN, now=now)
    return there


@write
def restore_message(*, conversation: UUID, seq: int, now: datetime) -> Message:
    """Show it again exactly as it was; what its author has retracted meanwhile stays retracted. Raises `NotFound`."""
    there = _held(conversation, seq)
    if there.hidden_at is not None:
        there.hidden_at = None
        _save(there, kind=events.MESSAGE_RESTORED, now=now)
    return there


def is_hidden(*, conversation: UUID, seq: int) -> bool:
    """Whether it is hidden now."""
    return Message.objects.filter(conversation_id=conversation, seq=seq, hidden_at__isnull=False).exists()


def _held(conversation: UUID, seq: int) -> Message:
    there = Message.objects.select_for_update().filter(conversation_id=conversation, seq=seq).first()
    if there is None:
        raise NotFound
    return there


def _save(there: Message, *, kind: str, now: datetime) -> None:
    there.save(update_fields=["hidden_at"])
    append(stream=there.conversation_id, kind=kind, number=there.seq, at=now)
