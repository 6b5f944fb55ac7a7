"""Reads of exports."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from backend.core.accounts.models import Account
from backend.core.exports.models import Export


def exports_of(*, account: Account, at: datetime) -> QuerySet[Export]:
    """The account's own that are not dropped yet."""
    return Export.objects.filter(Q(state="asked") | Q(due_at__gt=at), account=account)
