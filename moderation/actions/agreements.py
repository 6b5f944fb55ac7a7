"""Agreeing to the community's rules: before it there is no part in groups, and after they change, none until the next.

Direct talks, check-ins and everything else stay as they are: nobody is left alone over a text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.core.accounts import access as accounts
from backend.core.accounts.actions.rules import ask_again, note_agreed
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import FieldError
from moderation import errors
from moderation.models import Agreement
from moderation.rules import VERSION

AT_ONCE = 500  # accounts of one run of the job


@write
def agree(*, by: Account, version: str, now: datetime) -> None:
    """Agree to the present version; again changes nothing. Raises `RulesVersionUnknown` for any other."""
    if version != VERSION:
        raise errors.RulesVersionUnknown(errors=(FieldError("/version", errors.RulesVersionUnknown.code),))
    account = accounts.account(account=by.id, lock=True)
    there = Agreement.objects.filter(account=account).first()
    if there is not None and there.version == version and not account.rules_due:
        return
    Agreement.objects.update_or_create(account=account, defaults={"version": version, "agreed_at": now})
    note_agreed(account=account.id, now=now)


def ask_anew(*, now: datetime) -> int:
    """Rules that have changed since somebody agreed: they are asked at their next use; → how many."""
    older = Agreement.objects.filter(version__lt=VERSION, account__rules_due=False)
    found = list(older.order_by("account").values_list("account", flat=True)[:AT_ONCE])
    return ask_again(accounts=found, now=now) if found else 0


def agreement_of(*, account: Account) -> dict[str, Any]:
    """The present version beside the one that was agreed to."""
    there = Agreement.objects.filter(account=account).first()
    return {
        "version": VERSION,
        "agreed_version": there.version if there else None,
        "agreed_at": there.agreed_at if there else None,
    }
