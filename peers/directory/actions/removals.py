"""What who moderates decides about an entry: it is out of the directory, who looks after it is told why; and back.

Who may decide is for the caller to know.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing import datakeys, seal
from peers.directory import queries
from peers.directory.actions.edition import turn
from peers.directory.models import Entry


@write
def take_out(*, entry: UUID, why: str, now: datetime) -> list[UUID]:
    """Take an entry out, with what it offers; → those that were in. What was sent about them is kept for the way back.

    Nobody can change, withdraw or import them meanwhile. What is out already is left as it is.
    """
    rows = Entry.objects.select_for_update(no_key=True).filter(withdrawn_at=None).order_by("id")
    found = list(rows.filter(id=entry)) + list(rows.filter(of=entry))
    if not any(there.id == entry for there in found):
        return []
    keys = datakeys.found_keys([there.id for there in found])
    for there in found:
        there.withdrawn_at = there.taken_out_at = now
        key = keys.get(there.id)
        there.taken_out_why = key and seal.seal(key=key, text=why.encode(), aad=queries.taken_out_aad(there.id))
        _save(there, "entry.taken_out", now=now)
    turn()
    return [there.id for there in found]


@write
def bring_back(*, entries: Collection[UUID], now: datetime) -> None:
    """Undo it. An offer whose organisation is out of the directory by now stays out, withdrawn."""
    rows = Entry.objects.select_for_update(no_key=True).filter(id__in=entries, taken_out_at__isnull=False)
    found = sorted(rows.order_by("id"), key=lambda there: there.of_id is not None)  # organisations first
    for there in found:
        gone = there.of_id and Entry.objects.filter(id=there.of_id, withdrawn_at__isnull=False).exists()
        there.withdrawn_at = now if gone else None
        there.taken_out_at = there.taken_out_why = None
        _save(there, "entry.brought_back", now=now)
    if found:
        turn()


def _save(there: Entry, action: str, *, now: datetime) -> None:
    there.version += 1
    there.changed_at = now
    there.save(update_fields=["withdrawn_at", "taken_out_at", "taken_out_why", "version", "changed_at"])
    audit(action=action, at=now, by=None, subject=there.id, data={"organisation": str(there.kept_by_id)})
