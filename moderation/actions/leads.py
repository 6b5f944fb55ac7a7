"""What who leads a group decides there is a decision like any other: told with its reasons, appealed, undone.

Its case was decided from the beginning and is in no queue; it is there for the evidence and for who answers an appeal.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db.models import Q

from backend.core.accounts.models import Role
from backend.core.audit import audit
from backend.core.errors import FieldError
from backend.core.sealing import vault
from backend.core.streams.append import append
from backend.core.text import normalise_body
from backend.core.vocabulary import DEFAULT_LANGUAGE
from messaging.deciding import Act, Why
from messaging.models import Membership
from moderation import errors, events, policy, words
from moderation.actions import decisions
from moderation.actions.evidence import take_message, take_person
from moderation.models import Case, Decision, Measure
from moderation.reasons import Priority, Reason
from moderation.rules import RULES, VERSION

MAX_WORDS = 2000  # characters


class Keeper:
    """What `messaging.deciding` asks for."""

    def check(self, why: Why) -> None:
        """Raises `RuleNeeded` for a rule that there is not."""
        if why.rule not in RULES:
            raise errors.RuleNeeded(errors=(FieldError("/rule", errors.RuleNeeded.code),))

    def keep(self, act: Act) -> None:
        """Case, evidence, decision and measure, all in force already; the person is told."""
        case = _case(act)
        if act.seq is None:
            take_person(case=case, now=act.at)
        else:
            take_message(case=case, reporter=act.by.account_id, seq=act.seq, now=act.at)
        case.evidence.filter(is_context=True).delete()
        made = _decision(act, case)
        Measure.objects.create(
            decision=made,
            kind=act.kind,
            conversation_id=act.membership.conversation_id,
            membership_id=act.membership.id,
            seq=act.seq,
            until=act.until,
            before=dict(act.before),
            state="applied",
        )
        told = {"decision": str(made.id), "case": str(case.id), "measures": [act.kind], "by_lead": True}
        audit(action="decision.made", at=act.at, by=act.by.account_id, subject=made.subject_id, data=told)
        if made.subject is not None:
            append(stream=made.subject.inbox, kind=events.DECISION_MADE, ref=made.id, at=act.at)

    def lift(self, *, kind: str, by: Role, membership: Membership, seq: int | None, at: datetime) -> bool:
        """Undo what leads have decided like this. Raises `DecidedByOthers` where moderators have."""
        running = Measure.objects.filter(kind=kind, membership_id=membership.id, seq=seq, state="applied")
        running = running.filter(Q(until=None) | Q(until__gt=at))
        if running.filter(decision__by_lead=False).exists():
            raise errors.DecidedByOthers
        found = list(running.order_by("-id").values_list("decision__case", "decision"))
        for case, decision in found:
            held = Case.objects.select_for_update().get(id=case)
            made = Decision.objects.select_for_update().get(id=decision)
            made.case = held
            decisions.undo(made, by=by.account, now=at)
        return bool(found)


def _case(act: Act) -> Case:
    fresh = uuid4()
    vault.create_key(owner=fresh, at=act.at)  # in its own database: before this write's commit, whatever becomes of it
    there = act.membership
    group = there.conversation.group
    return Case.objects.create(
        id=fresh,
        kind=Case.Kind.RULE,
        about=f"lead:{there.id}",
        reason=Reason.OTHER,
        priority=Priority.LOW,
        language=group.languages[0] if group.languages else DEFAULT_LANGUAGE,
        subject=there.person,
        conversation=there.conversation,
        membership=there,
        state="decided",
        opened_at=act.at,
        due_at=act.at,
        looked_at=act.at,
        decided_at=act.at,
        outcome="measure_taken",
    )


def _decision(act: Act, case: Case) -> Decision:
    made = Decision(
        case=case,
        subject=act.membership.person,
        by=act.by,
        by_lead=True,
        rule=act.why.rule,
        rule_version=VERSION,
        state="in_force",
        made_at=act.at,
        in_force_at=act.at,
        appeal_until=act.at + policy.appeal_for(frozenset({act.kind})),
    )
    if act.why.words:
        said = normalise_body(text=act.why.words, limit=MAX_WORDS)
        made.facts_for_case = words.for_case(case=case.id, text=said, place="facts", of=made.id)
        if made.subject is not None:
            account = made.subject.id
            made.facts_for_subject = words.for_person(account=account, text=said, place="facts", of=made.id)
    made.save(force_insert=True)
    return made
