"""What a member sees of moderation: their reports, decisions about them, their appeals."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backend.core.accounts.models import Account
from moderation import access, words
from moderation.models import Appeal, Decision, Measure, Report
from moderation.policy import is_told
from moderation.rules import RULES
from moderation.sources import hashes_of


def reports_by(*, account: Account) -> QuerySet[Report]:
    """The account's own reports."""
    found = Report.objects.filter(source__account_hash__in=hashes_of(account.id))
    return found.select_related("case")


def decisions_about(*, account: Account) -> QuerySet[Decision]:
    """Decisions about the account that are, or were, in force and took some measure."""
    found = Decision.objects.filter(access.about(account), state__in=("in_force", "undone"), appeal_until__isnull=False)
    return found.prefetch_related("measures", "appeals")


def report_shown(there: Report) -> dict[str, Any]:
    """A receipt: what has become of it, and neither who handles it nor what was decided about whom."""
    state = "decided" if there.case.state == "decided" else "in_review" if there.case.looked_at else "received"
    return {
        "id": there.id,
        "reason": there.reason,
        "state": state,
        "outcome_code": there.case.outcome if state == "decided" else None,
        "may_contact": there.may_contact,
        "received_at": there.received_at,
    }


def report_told(there: Report, *, account: Account) -> dict[str, Any]:
    """With what was said since."""
    lines = [
        {
            "by_me": line.by_reporter,
            "text": words.read_own(account=account.id, sealed=line.for_reporter, place="line", of=there.id),
            "said_at": line.said_at,
        }
        for line in there.lines.order_by("said_at", "id")
    ]
    return {**report_shown(there), "lines": lines}


def measure_shown(there: Measure) -> dict[str, Any]:
    """What was done; where, and until when."""
    return {
        "kind": there.kind,
        "conversation": there.conversation_id,
        "seq": there.seq,
        "until": there.until,
        "state": there.state,
    }


def decision_shown(there: Decision, *, account: Account) -> dict[str, Any]:
    """The statement of reasons: facts, rule and version, measures and how long, automation, how to appeal."""
    facts = ""
    if there.facts_for_subject is not None:
        facts = words.read_own(account=account.id, sealed=there.facts_for_subject, place="facts", of=there.id)
    appeals = list(there.appeals.all())
    return {
        "id": there.id,
        "state": there.state,
        "facts": facts,
        "rule": there.rule,
        "rule_text": str(RULES.get(there.rule, "")),
        "rule_version": there.rule_version,
        "measures": [measure_shown(measure) for measure in there.measures.all() if is_told([measure.kind])],
        # The only thing a machine does is to hide a message until a person has looked.
        "automation": "held_until_looked_at" if there.held_by_report else "none",
        "decided_by_person": True,
        "by_lead": there.by_lead,
        "in_force_at": there.in_force_at,
        "appeal_until": there.appeal_until,
        "appeal": appeals[0].id if appeals else None,
    }


def appeal_shown(there: Appeal, *, account: Account) -> dict[str, Any]:
    """An appeal and all that was said in it."""
    lines = [
        {
            "by_me": line.by_subject,
            "text": words.read_own(account=account.id, sealed=line.for_subject, place="appeal", of=there.id),
            "said_at": line.said_at,
        }
        for line in there.lines.order_by("said_at", "id")
    ]
    return {
        "id": there.id,
        "decision": there.decision_id,
        "state": there.state,
        "made_at": there.made_at,
        "due_at": there.due_at,
        "decided_at": there.decided_at,
        "lines": lines,
    }
