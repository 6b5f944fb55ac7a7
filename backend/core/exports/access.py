"""Fetch one export with permission; what is not the caller's is `not_found`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.exports import queries
from backend.core.exports.models import Export


def export(*, by: Account, export: UUID, at: datetime) -> Export:
    """One of the caller's own that is not dropped yet."""
    there = queries.exports_of(account=by, at=at).filter(id=export).first()
    if there is None:
        raise NotFound
    return there
