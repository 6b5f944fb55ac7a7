"""The console's sessions: ended by their owner, by the end of the role, by a lock, by time."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Account, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.staff.models import Enrolment, KnownBrowser, Staff, StaffSession
from backend.core.staff.queries import ABSOLUTE, IDLE

SEEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)


def mark_seen(*, session: StaffSession, now: datetime) -> None:
    """Note that the session is in use; writes once a minute."""
    if now - session.seen_at >= SEEN_EVERY:
        StaffSession.objects.filter(id=session.id).update(seen_at=now)


@write
def end_session(*, session: StaffSession, now: datetime) -> None:
    """Sign out. Again changes nothing."""
    if StaffSession.objects.filter(id=session.id, ended_at=None).update(ended_at=now) and session.staff_id:
        audit(action="staff.signed_out", at=now, by=session.staff_id, subject=session.staff_id)


@write
def end_sessions_of(*, staff: Staff, keep: StaffSession | None = None, now: datetime) -> int:
    """End all sessions of a person, but for `keep`; → how many."""
    running = StaffSession.objects.filter(staff=staff, ended_at=None)
    if keep is not None:
        running = running.exclude(id=keep.id)
    return running.update(ended_at=now)


@write
def leave_notice(*, session: StaffSession, notice: str) -> None:
    """Keep what the next page says; an empty one takes it away."""
    StaffSession.objects.filter(id=session.id).update(notice=notice)


def follow_role(role: Role, at: datetime) -> None:
    """Listener: with the role its sessions end; with the last one, what was begun as well."""
    StaffSession.objects.filter(staff=role.account_id, ended_at=None).update(ended_at=at)
    if not accounts.is_staff(account=role.account):
        Enrolment.objects.filter(account=role.account_id).delete()


def follow_lock(account: Account, at: datetime) -> None:
    """Listener: a locked account has no session at the console."""
    if account.is_locked:
        StaffSession.objects.filter(staff=account.id, ended_at=None).update(ended_at=at)
        Enrolment.objects.filter(account=account.id).delete()


@write
def sweep(now: datetime) -> int:
    """Drop what is over. Returns how many sessions there were."""
    Enrolment.objects.filter(expires_at__lte=now).delete()
    KnownBrowser.objects.filter(until__lte=now).delete()
    StaffSession.objects.filter(ended_at=None, seen_at__lte=now - IDLE).update(ended_at=now)
    StaffSession.objects.filter(ended_at=None, began_at__lte=now - ABSOLUTE).update(ended_at=now)
    StaffSession.objects.filter(ended_at__lte=now - KEPT).delete()
    return 0
