"""Agreeing to the community's rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import FieldError
from backend.core.streams.append import append
from moderation import errors
from moderation.models import Agreement
from moderation.rules import VERSION


@write
def agree(*, by: Account, version: str, now: datetime) -> None:
    """Agree to the present version; again changes nothing. Raises `RulesVersionUnknown` for any other."""
    if version != VERSION:
        raise errors.RulesVersionUnknown(errors=(FieldError("/version", errors.RulesVersionUnknown.code),))
    there, is_new = Agreement.objects.select_for_update().get_or_create(
        account=by, defaults={"version": version, "agreed_at": now}
    )
    if not is_new and there.version == version:
        return
    there.version, there.agreed_at = version, now
    there.save()
    append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)


def agreement_of(*, account: Account) -> dict[str, Any]:
    """The present version beside the one that was agreed to."""
    there = Agreement.objects.filter(account=account).first()
    return {
        "version": VERSION,
        "agreed_version": there.version if there else None,
        "agreed_at": there.agreed_at if there else None,
    }
