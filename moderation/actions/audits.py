"""Who audits leaves entries as well: one for each day on which they read, one for each thing that they search for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from moderation.queries.audit import READ, SEARCHED, has_looked


def note_reading(*, by: Account, now: datetime) -> None:
    """The first look of a day is an entry; an entry for each page that is turned would bury the others."""
    if not has_looked(by=by, at=now):
        _note_reading(by=by, now=now)


@write
def note_search(*, by: Account, of: UUID, now: datetime) -> None:
    """Searching for one case, decision, account or role is an entry each time."""
    audit(action=SEARCHED, at=now, by=by.id, subject=of)


@write
def _note_reading(*, by: Account, now: datetime) -> None:
    Account.objects.select_for_update(no_key=True).get(id=by.id)
    if not has_looked(by=by, at=now):  # two tabs opened at once
        audit(action=READ, at=now, by=by.id, subject=by.id)
