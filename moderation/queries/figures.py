"""What moderation did, in figures for everybody: whole years, no cell that is small, no total that tells one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from statistics import median
from typing import Any

from django.db.models import Min

from moderation.models import Appeal, Case, Decision, Measure, Report
from moderation.policy import MEASURES
from moderation.reasons import Reason

LEAST = 10  # what is rarer is not told
ROUND = 5  # down, so that a difference tells nobody
MOST_YEARS = 10


def transparency(*, at: datetime) -> list[dict[str, Any]]:
    """The last whole years (UTC), the newest first; a number that is not told is None."""
    first = Report.objects.aggregate(at=Min("received_at"))["at"]
    if first is None:
        return []
    this = at.astimezone(UTC).year
    earliest = max(first.astimezone(UTC).year, this - MOST_YEARS)
    return [_year(year) for year in range(this - 1, earliest - 1, -1)]


def told(count: int) -> int | None:
    """A count as it is published."""
    return count // ROUND * ROUND if count >= LEAST else None


def _year(year: int) -> dict[str, Any]:
    begins, ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    reports = Counter(
        Report.objects.filter(received_at__gte=begins, received_at__lt=ends).values_list("reason", flat=True)
    )
    in_force = Decision.objects.filter(in_force_at__gte=begins, in_force_at__lt=ends)
    measures = Counter(
        Measure.objects.filter(decision__in=in_force).exclude(state="dropped").values_list("kind", flat=True)
    )
    decided = Case.objects.filter(decided_at__gte=begins, decided_at__lt=ends, kind=Case.Kind.RULE)
    times = decided.values_list("opened_at", "decided_at")
    hours = [(end - start).total_seconds() / 3600 for start, end in times if end is not None]
    appeals = Counter(Appeal.objects.filter(made_at__gte=begins, made_at__lt=ends).values_list("state", flat=True))
    return {
        "year": year,
        "reports": {reason.value: told(reports[reason.value]) for reason in Reason},
        "measures": {kind: told(measures[kind]) for kind in MEASURES},
        "median_hours_to_decision": round(median(hours)) if len(hours) >= LEAST else None,
        "appeals": told(appeals.total()),
        "overturned": told(appeals["upheld"]),
    }
