"""How much waits and for how long, for who answers that there is somebody: figures of cases, and nothing of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from moderation.models import Appeal, Case, Decision
from moderation.models.case import JOINED
from moderation.reasons import Priority


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits of one kind. `oldest`: since when; `late`: past its promised time; `taken`: somebody looks at it."""

    kind: str
    count: int = 0
    taken: int = 0
    late: int = 0
    oldest: datetime | None = None


def backlog(*, at: datetime) -> list[Waits]:
    """Cases by how urgent they are, then appeals and what waits for another person. Three queries."""
    taken = Q(claimed_until__gt=at)
    rows = Case.objects.filter(state__in=JOINED).values("priority")
    found = {
        row["priority"]: Waits(row["priority"], row["count"], row["taken"], row["late"], row["oldest"])
        for row in rows.annotate(
            count=Count("id"),
            taken=Count("id", filter=taken),
            late=Count("id", filter=Q(due_at__lte=at) & ~taken),
            oldest=Min("opened_at"),
        )
    }
    appeals = Appeal.objects.filter(state="open").aggregate(
        count=Count("id"), late=Count("id", filter=Q(due_at__lte=at)), oldest=Min("made_at")
    )
    asked = Q(state="asked") | Q(state="in_force", review_due_at__isnull=False)
    others = Decision.objects.filter(asked).aggregate(
        count=Count("id"), late=Count("id", filter=Q(review_due_at__lte=at)), oldest=Min("made_at")
    )
    return [
        *(found.get(priority, Waits(priority)) for priority in Priority),
        Waits("appeal", **appeals),
        Waits("second", **others),
    ]


def escalated() -> int:
    """How many cases have called everybody, because nobody had looked in time."""
    return Case.objects.filter(watch__escalated_at__isnull=False, state__in=JOINED).count()
