"""What is over goes: tickets that nobody redeemed, and sessions that ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core.accounts.actions.sessions import end_sessions
from backend.core.accounts.models import Account, Session, Ticket
from backend.core.db import claim, write

SESSIONS_KEPT = timedelta(days=30)


def sweep(now: datetime) -> int:
    """Called by the worker, as often as it likes; many may run at once. Returns how many sessions it ended."""
    Ticket.objects.filter(expires_at__lte=now).delete()
    Session.objects.filter(revoked_at__lte=now - SESSIONS_KEPT).delete()
    return end_expired(now=now)


@write
def end_expired(*, now: datetime) -> int:
    """End sessions on shared devices whose hours are over: an open socket closes."""
    due = claim(Session.objects.filter(expires_at__lte=now, revoked_at=None).order_by("expires_at"))
    for account in Account.objects.in_bulk({session.account_id for session in due}).values():
        end_sessions(account=account, sessions=[one for one in due if one.account_id == account.id], by=None, now=now)
    return len(due)
