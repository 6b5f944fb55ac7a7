"""Tickets: one statement to issue, one to redeem; thousands of clients come back at the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from backend.core.accounts import tokens
from backend.core.errors import SignInNeeded

LIFE = timedelta(seconds=30)

ISSUE = """
WITH open AS (
  SELECT s.id, s.seen_on FROM accounts_session s JOIN accounts_account a ON a.id = s.account_id
  WHERE s.token_hash = %(token)s AND s.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > %(now)s)
    AND a.locked_at IS NULL
), seen AS (
  UPDATE accounts_session s SET seen_on = %(today)s FROM open WHERE s.id = open.id AND open.seen_on <> %(today)s
)
INSERT INTO accounts_ticket (hash, session_id, expires_at) SELECT %(hash)s, id, %(until)s FROM open
"""
REDEEM = """
DELETE FROM accounts_ticket t
USING accounts_session s
JOIN accounts_account a ON a.id = s.account_id
JOIN streams_stream i ON i.id = a.inbox
WHERE t.hash = %(hash)s AND s.id = t.session_id
RETURNING a.id, s.id, a.inbox, i.head, a.locked_at IS NOT NULL, s.revoked_at IS NOT NULL, s.expires_at, t.expires_at
"""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whose socket it is. `inbox_head` is as old as the rest: a revoke that came later has a higher seq."""

    account: UUID
    session: UUID
    inbox: UUID
    inbox_head: int
    locked: bool
    revoked: bool
    expires_at: datetime | None  # of the session


def issue_ticket(*, token: str, now: datetime) -> str:
    """A ticket for the session with this token: 30 s, one use. Raises `SignInNeeded`."""
    ticket = tokens.new_token()
    given: dict[str, Any] = {
        "token": tokens.hash_token(token=token),
        "hash": tokens.hash_token(token=ticket),
        "now": now,
        "today": now.date(),
        "until": now + LIFE,
    }
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, given)
        if cursor.rowcount != 1:
            raise SignInNeeded
    return ticket


def redeem_ticket(*, ticket: str, now: datetime) -> Redeemed | None:
    """Take the ticket away for good, and say whose it was; None if there is none, or it came too late."""
    with connection.cursor() as cursor:
        cursor.execute(REDEEM, {"hash": tokens.hash_token(token=ticket)})
        row = cursor.fetchone()
    if row is None or row[7] <= now:
        return None
    account, session, inbox, head, locked, revoked, expires_at, _ = row
    ended = revoked or (expires_at is not None and expires_at <= now)
    return Redeemed(account, session, inbox, head, locked, ended, expires_at)
