"""One case: what is known without opening anything that somebody wrote."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show
from backend.core.vocabulary import LANGUAGE_NAMES
from moderation import access
from moderation.console import names
from moderation.console.frame import moderators
from moderation.models import Case, Decision
from moderation.queries.cases import decisions_elsewhere, decisions_here


@moderators()
def show_case(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """The case page."""
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    return show(visit, "moderators/case", case_facts(visit, role, there))


def case_facts(visit: Visit, role: Role, case: Case) -> dict[str, Any]:
    """What the page of a case, of a decision and of an appeal tell in common."""
    holder = case.holder(at=visit.now)
    return {
        "title": names.name(names.REASONS, case.reason),
        "case": case,
        "state": names.CASE_STATES[case.state],
        "priority": names.PRIORITIES[case.priority],
        "spoken": LANGUAGE_NAMES.get(case.language, case.language),
        "place": names.PLACES[case.conversation.kind] if case.conversation else "",
        "late": case.state != "decided" and case.due_at <= visit.now,
        "holder": names.name(names.ROLES, holder.kind) if holder else "",
        "own": holder == role if holder else False,
        "reports": [(report, names.REASONS[report.reason]) for report in case.reports.order_by("received_at", "id")],
        "here_before": [decision_facts(made) for made in decisions_here(case=case)],
        "elsewhere": [
            (names.name(names.RULE_NAMES, rule), count)
            for rule, count in sorted(decisions_elsewhere(case=case).items())
        ],
    }


def decision_facts(made: Decision) -> dict[str, Any]:
    """A decision in a line: rule, measures, when."""
    return {
        "decision": made,
        "rule": names.name(names.RULE_NAMES, made.rule) if made.rule else "",
        "measures": [
            (names.MEASURE_NAMES[measure.kind], names.MEASURE_STATES[measure.state], measure)
            for measure in made.measures.all()
        ],
    }
