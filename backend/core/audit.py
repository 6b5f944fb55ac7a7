"""The chained, insert-only audit: who (a role's account) did what to whom, and nothing of what was said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import orjson

from backend.core import pending
from backend.core.models import AuditEntry, AuditHead

ORIGIN = bytes(32)


def audit(
    *, action: str, at: datetime, by: UUID | None, subject: UUID | None = None, data: Mapping[str, object] | None = None
) -> None:
    """Collect an entry; the outermost write chains it just before its commit."""
    pending.current().audit.append(pending.PendingAudit(action, at, by, subject, data or {}))


def chain(entries: list[pending.PendingAudit]) -> None:
    """Add the entries to the chain; the head row's lock makes the order that of the commits."""
    if not entries:
        return
    AuditHead.objects.get_or_create(id=1, defaults={"seq": 0, "hash": ORIGIN})
    head = AuditHead.objects.select_for_update().get(id=1)
    seq, previous, rows = head.seq, bytes(head.hash), []
    for entry in entries:
        seq += 1
        row = AuditEntry(
            seq=seq,
            at=entry.at,
            action=entry.action,
            by=entry.by,
            subject=entry.subject,
            data=dict(entry.data),
            previous=previous,
        )
        previous = row.hash = link(row)
        rows.append(row)
    AuditEntry.objects.bulk_create(rows)
    AuditHead.objects.filter(id=1).update(seq=seq, hash=previous)


def link(row: AuditEntry) -> bytes:
    """The hash of a row: SHA-256(previous ‖ canonical JSON of everything else)."""
    told = {
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(),
        "action": row.action,
        "by": str(row.by) if row.by else None,
        "subject": str(row.subject) if row.subject else None,
        "data": row.data,
    }
    return hashlib.sha256(bytes(row.previous) + orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).digest()


def follow(rows: Iterable[AuditEntry], *, seq: int = 0, previous: bytes = ORIGIN) -> tuple[int, bytes, bool]:
    """Walk links that come after entry `seq` with the hash `previous`; → how far it holds, and whether that is all."""
    for row in rows:
        if row.seq != seq + 1 or bytes(row.previous) != previous or bytes(row.hash) != link(row):
            return seq, previous, False
        seq, previous = row.seq, bytes(row.hash)
    return seq, previous, True


def first_fault(rows: Iterable[AuditEntry]) -> int | None:
    """The seq at which the chain breaks (a change, a gap), or None. A cut tail needs the head or a checkpoint."""
    seq, previous, holds = follow(rows)
    if not holds:
        return seq + 1
    head = AuditHead.objects.filter(id=1).first()
    if head is not None and (head.seq != seq or bytes(head.hash) != previous):
        return seq + 1
    return None
