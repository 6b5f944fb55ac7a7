"""Reads about push, each with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Account
from backend.core.push.models import Notifications

UNSEEN_AFTER = timedelta(days=30)  # a device that has not come for so long is shown; it is pushed to all the same


@dataclass(frozen=True, slots=True)
class PushedTo:
    """One of the account's devices that is pushed to. `unseen`: it has not come for 30 days, perhaps it is no more."""

    session: UUID
    seen_on: date
    unseen: bool


def pushed_to(*, account: Account, at: datetime) -> list[PushedTo]:
    """The devices of the account that are pushed to."""
    rows = accounts.sessions_of(account=account, at=at).filter(push__isnull=False).order_by("created_at", "id")
    since = (at - UNSEEN_AFTER).date()
    return [PushedTo(session=row.id, seen_on=row.seen_on, unseen=row.seen_on <= since) for row in rows]


def notifications_version(*, account: Account) -> int:
    """0 as long as nothing was changed."""
    found = Notifications.objects.filter(account=account).values_list("version", flat=True).first()
    return found or 0
