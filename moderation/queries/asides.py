"""What was done beside cases: of one case, and what somebody is not told yet."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from backend.core.accounts.models import Role
from moderation.models import Aside, Case, Decision
from moderation.queries.people import untied


def untold() -> list[UUID]:
    """The decisions of which nobody is told yet."""
    return list(Aside.objects.filter(tell_at__isnull=False).values_list("decision", flat=True))


def asides_of(case: Case) -> QuerySet[Decision]:
    """What was asked or done beside a case, the newest first."""
    found = case.decisions.filter(aside__isnull=False).select_related("aside__report", "by")
    return found.prefetch_related("measures").order_by("-made_at", "-id")


def held(*, role: Role) -> QuerySet[Decision]:
    """What somebody is not told yet, by when they are, but for what one is tied to."""
    rows = Decision.objects.filter(aside__tell_at__isnull=False)
    found = untied(rows, role=role, case="case").select_related("aside__report", "case", "by")
    return found.prefetch_related("measures", "aside__longer__by").order_by("aside__tell_at", "id")
