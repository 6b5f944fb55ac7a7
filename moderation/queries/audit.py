"""Reads for who audits: who did what to which case, in which role; no word, no name, no account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.core.accounts.models import Account, Role
from backend.core.accounts.queries import existing_accounts
from backend.core.models import AuditEntry

KEY = ("-seq",)
READ, SEARCHED = "audit.read", "audit.searched"
# Where an entry's data names things; `ref` is what was opened.
NAMED = ("case", "decision", "appeal", "ref", "role", "peer", "group", "held", "referral", "vetting", "organisation")
SERVER, MEMBER, GONE = "server", "member", "gone"  # who acted, where it was in no role


def entries(*, action: str = "", of: UUID | None = None) -> QuerySet[AuditEntry]:
    """Those of one kind, or about one case, decision, account or role, or done by an account."""
    found = AuditEntry.objects.all()
    if action:
        found = found.filter(action=action)
    if of is not None:
        about = Q(by=of) | Q(subject=of)
        for name in NAMED:
            about |= Q(data__contains={name: str(of)})
        # First those, then their order: from the end backwards there may be a million others before them.
        found = found.filter(seq__in=AuditEntry.objects.filter(about).values("seq"))
    return found


def acting(rows: Iterable[AuditEntry]) -> dict[int, tuple[str, ...]]:
    """By seq, in which roles somebody acted: the one that the entry tells, else all that they had then."""
    rows = list(rows)
    accounts = {row.by for row in rows if row.by is not None}
    held: dict[UUID, list[Role]] = {}
    for role in Role.objects.filter(account__in=accounts).order_by("kind"):
        held.setdefault(role.account_id, []).append(role)
    there = existing_accounts(accounts - held.keys())
    return {row.seq: _acting(row, held.get(row.by, []) if row.by else [], there) for row in rows}


def has_looked(*, by: Account, at: datetime) -> bool:
    """Whether it is in the audit already that they read it on this day (UTC)."""
    begins = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return AuditEntry.objects.filter(action=READ, by=by.id, at__gte=begins).exists()


def _acting(row: AuditEntry, held: list[Role], there: set[UUID]) -> tuple[str, ...]:
    if row.by is None:
        return (SERVER,)
    data: Mapping[str, Any] = row.data
    if told := data.get("role_kind"):
        return (str(told),)
    own = [role.kind for role in held if str(role.id) == data.get("role")]
    running = [
        role.kind for role in held if role.given_at <= row.at and (role.ended_at is None or role.ended_at >= row.at)
    ]
    if own or running:
        return tuple(own or dict.fromkeys(running))
    return (MEMBER,) if held or row.by in there else (GONE,)
