"""Whether an account may take part in groups, as far as the community's rules go. Which rules, is known above."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from backend.core.accounts import access, events
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.streams.append import append


@write
def note_agreed(*, account: UUID, now: datetime) -> Account:
    """Somebody has agreed to the rules as they are now. Raises `NotFound`."""
    there = access.account(account=account, lock=True)
    if there.rules_due:
        there.rules_due = False
        there.save(update_fields=["rules_due"])
    append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return there


@write
def ask_again(*, accounts: Collection[UUID], now: datetime) -> int:
    """The rules have changed for these; → of how many an answer is due only now."""
    rows = Account.objects.select_for_update(no_key=True).filter(id__in=accounts, rules_due=False).order_by("id")
    for there in rows:
        there.rules_due = True
        there.save(update_fields=["rules_due"])
        append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return len(rows)
