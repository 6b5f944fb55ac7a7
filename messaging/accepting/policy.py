"""Whether a message is accepted. Pure: facts in, verdict out."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from backend.core.errors import DomainError
from messaging import errors
from messaging.holding.find import find
from messaging.hours import OpeningHours

# What `Facts.brake` is made of; 0 in a direct talk, and where nothing stands in the way.
NEWCOMER, WORDS, PAUSED, RULES, UNWATCHED = 1, 2, 4, 8, 16


class Facts(NamedTuple):
    """What is true of the sender and the conversation, read under the lock of the conversation's head."""

    part: str
    muted_until: datetime | None
    next_send_at: datetime | None
    closed_at: datetime | None
    slow_mode_s: int
    hours: OpeningHours | None
    brake: int = 0


def verdict(*, facts: Facts, reply_to: int | None, reply_seen: bool, now: datetime) -> DomainError | None:
    """None: accepted."""
    if facts.closed_at is not None:
        return errors.ConversationEnded()
    if facts.muted_until is not None and facts.muted_until > now:
        return errors.Muted()
    if reply_to is not None and not reply_seen:
        return errors.ReplyUnknown()
    if facts.brake & RULES:
        return errors.RulesFirst()
    if facts.part == "lead":
        return None
    if facts.brake & PAUSED:
        return errors.GroupPaused()
    if facts.brake & UNWATCHED:
        return errors.GroupUnwatched()
    if facts.hours is not None and not facts.hours.is_open(at=now):
        return errors.GroupClosedNow()
    if facts.slow_mode_s and facts.next_send_at is not None and facts.next_send_at > now:
        return errors.SlowMode(retry_after=(facts.next_send_at - now).total_seconds())
    return None


def is_held(*, facts: Facts, body: str) -> bool:
    """Whether what is accepted otherwise waits for a person first."""
    if not facts.brake or facts.part == "lead":
        return False
    return bool(facts.brake & NEWCOMER) or bool(facts.brake & WORDS and find(body))
