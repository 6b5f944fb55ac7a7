"""What is over goes: tickets that nobody redeemed, sessions that ended, old invites, and who invited whom."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core.accounts.actions.sessions import end_sessions
from backend.core.accounts.models import Account, Invite, Session, Ticket, Vouch
from backend.core.db import claim, write

SESSIONS_KEPT = timedelta(days=30)
INVITES_KEPT = timedelta(days=90)  # after the day until which one was good
FORGOTTEN = 1_000  # at once


def sweep(now: datetime) -> int:
    """Called by the worker, as often as it likes; many may run at once. Returns how many sessions it ended."""
    Ticket.objects.filter(expires_at__lte=now).delete()
    Session.objects.filter(revoked_at__lte=now - SESSIONS_KEPT).delete()
    return end_expired(now=now)


def forget_invites(now: datetime) -> int:
    """Called by the worker: forget by whom people were invited once that is a year ago; old invites go."""
    Invite.objects.filter(expires_at__lte=now - INVITES_KEPT).delete()
    due = Vouch.objects.filter(forget_on__lte=now.date()).exclude(inviter=None).values("id")[:FORGOTTEN]
    return Vouch.objects.filter(id__in=due).update(inviter=None)


@write
def end_expired(*, now: datetime) -> int:
    """End sessions on shared devices whose hours are over: an open socket closes."""
    due = claim(Session.objects.filter(expires_at__lte=now, revoked_at=None).order_by("expires_at"))
    for account in Account.objects.in_bulk({session.account_id for session in due}).values():
        end_sessions(account=account, sessions=[one for one in due if one.account_id == account.id], by=None, now=now)
    return len(due)
