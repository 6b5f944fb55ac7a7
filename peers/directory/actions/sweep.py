"""What is over goes: questions that nobody answered, problems that nobody looked at, figures of years ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core.db import write
from peers.directory.models import Gap, Problem, Question

QUESTIONS_KEPT = timedelta(days=60)
PROBLEMS_KEPT = timedelta(days=180)
GAPS_KEPT = timedelta(days=3 * 366)


@write
def sweep(*, now: datetime) -> int:
    """Called by the worker, as often as it likes. Returns 0: one round is enough."""
    Question.objects.filter(sent_on__lt=(now - QUESTIONS_KEPT).date()).delete()
    Problem.objects.filter(sent_on__lt=(now - PROBLEMS_KEPT).date()).delete()
    Gap.objects.filter(month__lt=(now - GAPS_KEPT).date()).delete()
    return 0
