"""What the pages of a case, of a decision and of an appeal show in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit
from backend.core.vocabulary import LANGUAGE_NAMES
from moderation.console import names
from moderation.models import Case, Decision, Evidence
from moderation.policy import is_aside
from moderation.queries.cases import decisions_elsewhere, decisions_here
from moderation.queries.identity import FACTS
from moderation.queries.reading import Told
from peers.directory.models import Entry


def place_of(case: Case) -> str:
    """What kind of thing it is about, or where it happened; empty for a notice that nobody has looked into."""
    if case.conversation is not None:
        return str(names.PLACES[case.conversation.kind])
    if case.entry is not None:
        return str(names.PLACES["entry"])
    return str(names.PLACES["peer"]) if case.subject_id is not None else ""


def case_facts(visit: Visit, role: Role, case: Case) -> dict[str, Any]:
    """What is known without opening anything."""
    holder = case.holder(at=visit.now)
    return {
        "title": names.name(names.REASONS, case.reason),
        "case": case,
        "state": names.CASE_STATES[case.state],
        "priority": names.PRIORITIES[case.priority],
        "spoken": LANGUAGE_NAMES.get(case.language, case.language),
        "place": place_of(case),
        "entry": Entry.objects.filter(id=case.entry).first() if case.entry else None,
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
        "rule": names.name(names.RULE_NAMES, made.rule) if made.rule else _beside(made),
        "measures": [
            (names.MEASURE_NAMES[measure.kind], names.MEASURE_STATES[measure.state], measure)
            for measure in made.measures.all()
        ],
    }


def _beside(made: Decision) -> str:
    """What is done beside a case names no rule; nor does a decision that found nothing, which is said elsewhere."""
    return str(_("Beside the case")) if any(is_aside(measure.kind) for measure in made.measures.all()) else ""


def aside_facts(made: Decision) -> dict[str, Any] | None:
    """What exactly was asked for beside a case, without what is sealed; None for other decisions."""
    if not any(is_aside(measure.kind) for measure in made.measures.all()):
        return None
    aside = made.aside
    chosen = [UUID(one) for one in aside.items["evidence"]]
    rows = Evidence.objects.filter(id__in=chosen).order_by("seq", "version") if chosen else []
    (measure,) = made.measures.all()
    return {
        "decision": made,
        "aside": aside,
        "kind": measure.kind,
        "name": names.MEASURE_NAMES[measure.kind],
        "measure": measure,
        "about": names.REASONS[aside.report.reason] if aside.report is not None else "",
        "reported_at": aside.report.received_at if aside.report is not None else None,
        "messages": [(row.seq, row.version, row.alias) for row in rows],
        "facts": [str(FACTS[key]) for key in FACTS if key in aside.items["facts"]],
        "held": names.HOLDS.get(aside.held_h, "") if aside.held_h else "",
    }


def said_facts(said: Mapping[str, str]) -> list[tuple[str, str]]:
    """The sealed part: why, and for an authority which, its reference and the law."""
    labels = {"authority": _("Authority"), "reference": _("Its reference"), "basis": _("The law"), "why": _("Why")}
    found = {**said, **({"basis": names.name(names.BASES, said["basis"])} if "basis" in said else {})}
    return [(str(label), found[key]) for key, label in labels.items() if key in found]


def told_facts(told: Told, case: Case) -> dict[str, Any]:
    """What was opened, each report with its letters, each piece of evidence with whose it is."""
    notes = {report.id: text for report, text in told.reports}
    reports = [report for report, _ in told.reports]
    reports += [line.report for line, _ in told.lines if line.report_id not in notes and line.report not in reports]
    return {
        "proofs": told.proofs,
        "exhibits": told.exhibits,
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
        "asides": [(decision_facts(made), said_facts(said)) for made, said in told.asides],
        "about": case.membership_id,
    }
