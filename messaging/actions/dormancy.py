"""What concerns a whole account: it ends access at once, but shows in each conversation at a random time of its own.

Else whoever looks at two places would see that two aliases fall still in the same moment.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.chance import Chance
from backend.core.db import claim, write
from backend.core.streams.append import append
from messaging import events
from messaging.models import Membership

SHOWN_WITHIN = timedelta(hours=24)
DRAWN_AGAIN_WITHIN = timedelta(hours=1)


def draw_time(*, now: datetime, rng: Chance = secrets, within: timedelta = SHOWN_WITHIN) -> datetime:
    """A random time after `now`, to the millisecond."""
    return now + timedelta(milliseconds=rng.choice(range(1, within // timedelta(milliseconds=1))))


def follow_standing(account: Account, at: datetime, *, rng: Chance = secrets) -> None:
    """The account was locked or unlocked: each of its memberships will show it in its own time.

    What is undone before it was shown is never shown. Called by the write that holds the account.
    """
    rows = Membership.objects.select_for_update(no_key=True).filter(account=account, state="active").order_by("id")
    for there in rows:
        if there.dormant == account.is_locked:
            there.show_due_at = None
        elif there.show_due_at is None:
            there.show_due_at = draw_time(now=at, rng=rng)
        else:
            continue
        there.save(update_fields=["show_due_at"])


@write
def show_due(*, now: datetime, rng: Chance = secrets) -> int:
    """Show what is due, as it is true now; → how many memberships were looked at.

    Of one account one at a time: after the worker was away several are due at once, and the others are drawn again.
    """
    due = claim(Membership.objects.filter(show_due_at__lte=now).order_by("show_due_at"))
    rows = Account.objects.filter(id__in={row.account_id for row in due}).values_list("id", "locked_at")
    locked: dict[UUID | None, datetime | None] = dict(rows)
    seen = set()
    for there in due:
        if there.account_id in seen:
            there.show_due_at = draw_time(now=now, rng=rng, within=DRAWN_AGAIN_WITHIN)
        else:
            seen.add(there.account_id)
            there.show_due_at = None
            dormant = locked[there.account_id] is not None
            if dormant != there.dormant:
                there.dormant = dormant
                append(stream=there.conversation_id, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=now)
        there.save(update_fields=["dormant", "show_due_at"])
    return len(due)
