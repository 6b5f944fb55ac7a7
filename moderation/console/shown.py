"""What the pages of a case, of a decision and of an appeal show in common."""

from __future__ import annotations

from typing import Any

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit
from backend.core.vocabulary import LANGUAGE_NAMES
from moderation.console import names
from moderation.models import Case, Decision
from moderation.queries.cases import decisions_elsewhere, decisions_here
from moderation.queries.reading import Told


def case_facts(visit: Visit, role: Role, case: Case) -> dict[str, Any]:
    """What is known without opening anything."""
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
        "state": names.DECISION_STATES[made.state],
        "rule": names.name(names.RULE_NAMES, made.rule) if made.rule else "",
        "measures": [
            (names.MEASURE_NAMES[measure.kind], names.MEASURE_STATES[measure.state], measure)
            for measure in made.measures.all()
        ],
    }


def told_facts(told: Told, case: Case) -> dict[str, Any]:
    """What was opened, each report with its letters, each piece of evidence with whose it is."""
    notes = {report.id: text for report, text in told.reports}
    reports = [report for report, _ in told.reports]
    reports += [line.report for line, _ in told.lines if line.report_id not in notes and line.report not in reports]
    return {
        "proofs": told.proofs,
        "letters": [
            (
                names.REASONS[report.reason],
                notes.get(report.id, ""),
                [(line, text) for line, text in told.lines if line.report_id == report.id],
            )
            for report in reports
        ],
        "notes": [(note, names.name(names.ROLES, note.by.kind) if note.by else "", text) for note, text in told.notes],
        "facts": [(decision_facts(made), text) for made, text in told.facts],
        "appeal": told.appeal,
        "talk": told.talk,
        "about": case.membership_id,
    }
