"""A year of reports, for the page of figures: run inside the server's own settings."""

from __future__ import annotations

from datetime import timedelta

from moderation.models import Case, Report
from tests.cast import utc_now

COUNTS = {"identity": 31, "threats": 24, "client_approach": 18, "recruiting": 12, "worried": 47, "spam": 66, "other": 4}


def fill() -> None:
    """Reports of the years before this one, and cases that were decided then."""
    for years in (1, 2):
        at = utc_now() - timedelta(days=365 * years)
        for reason, count in COUNTS.items():
            kind = Case.Kind.CARE if reason == "worried" else Case.Kind.RULE
            case = Case.objects.create(
                kind=kind,
                about=f"{reason}:{years}",
                reason=reason,
                priority="high",
                language="nl",
                opened_at=at,
                due_at=at + timedelta(hours=1),
            )
            Report.objects.bulk_create(
                Report(case=case, reason=reason, target="message", received_at=at) for _ in range(count // years)
            )
        Case.objects.bulk_create(
            Case(
                kind=Case.Kind.RULE,
                about=f"spam:{years}:{number}",
                reason="spam",
                priority="low",
                language="nl",
                opened_at=at,
                due_at=at + timedelta(hours=72),
                state="decided",
                decided_at=at + timedelta(hours=number),
                outcome="nothing_found",
            )
            for number in range(12)
        )
