"""Decisions: by one person, some only with a second; told with reasons as they take hold; undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.errors import FieldError, NotFound
from backend.core.sealing import datakeys
from backend.core.text import normalise_body
from moderation import access, errors, events, policy, words
from moderation.actions import measures as ways
from moderation.actions.asides import drop_aside, review_aside, take_aside, undo_aside
from moderation.actions.duty import ask_others_first, call_seconds, watch, watch_review
from moderation.actions.evidence import drop_context
from moderation.actions.locks import hold_people
from moderation.actions.reports import tell_reporters
from moderation.actions.telling import note_decision, tell_concerned
from moderation.models import Aside, Case, Decision, Measure
from moderation.models import case as cases
from moderation.models import decision as states
from moderation.queries.duty import reviewers_for
from moderation.queries.people import is_tied, known_peer, others_come_first
from moderation.rules import RULES, VERSION

MAX_FACTS = 4000  # characters
MOST_MEASURES = 5
MAX_SLOW_S = 24 * 3600
AT_ONCE = 100  # rows of one run of the job


@dataclass(frozen=True, slots=True)
class Proposed:
    """A measure as it is asked for. `seq`: of the message to hide; `seconds`: of slow mode."""

    kind: str
    until: datetime | None = None
    seq: int | None = None
    seconds: int | None = None


@write
def decide(
    *,
    by: Account,
    case: UUID,
    rule: str,
    facts: str,
    measures: Sequence[Proposed],
    at_once: bool = False,
    now: datetime,
) -> Decision:
    """Decide on a case that the caller has claimed; without measures: nothing was found to be wrong.

    `facts` is what the person concerned is told beside the rule. What needs a second person takes hold only then, but
    for `at_once`, for danger to life: another looks at it within a day. Who is tied may hide or mute for a day. Raises
    as `claimed_case`, `CareHasTwoLooks`, `CaseDecided`, `RuleNeeded`, `MeasureUnfit`, and what the text's form refuses.
    """
    hold_people(case=case)
    role, there = access.claimed_case(by=by, case=case, now=now, tied=True)
    if there.kind == Case.Kind.CARE:
        raise errors.CareHasTwoLooks
    if there.state != "open":
        raise errors.CaseDecided
    tied = is_tied(role=role, case=there)
    _check(there, rule=rule, measures=measures, tied=tied, now=now)
    text = normalise_body(text=facts, limit=MAX_FACTS)
    kinds = frozenset(measure.kind for measure in measures)
    made = Decision(
        case=there,
        subject=there.subject,
        by=role,
        rule=rule,
        rule_version=VERSION if rule else "",
        held_by_report=there.holds.exists(),
        tied=tied,
        at_once=at_once and policy.needs_second(kinds),
        made_at=now,
    )
    made.facts_for_case = words.for_case(case=there.id, text=text, place="facts", of=made.id)
    if policy.is_told(kinds) and there.subject is not None:
        made.facts_for_subject = words.for_person(account=there.subject.id, text=text, place="facts", of=made.id)
    elif measures and there.entry is not None:  # for who looks after it: read as it takes hold
        datakeys.create_key(owner=there.entry, at=now)
        made.facts_for_subject = words.for_person(account=there.entry, text=text, place="facts", of=made.id)
    made.save(force_insert=True)
    ordered = sorted(measures, key=lambda measure: list(policy.MEASURES).index(measure.kind))
    Measure.objects.bulk_create(_measure(made, there, proposed, tied=tied, now=now) for proposed in ordered)
    note_decision("decision.made", made, by=by, now=now, measures=sorted(kinds), tied=tied, at_once=made.at_once)
    if policy.needs_second(kinds) and not at_once:
        made.lapses_at = now + policy.SECOND_WITHIN
        made.save(update_fields=["lapses_at"])
        _move_case(there, "waiting", now=now)
        call_seconds(made=made, now=now)
    else:
        if made.at_once or tied:
            made.review_due_at = now + policy.REVIEW_WITHIN
        _take_hold(made, by=by, now=now)
        if made.review_due_at is not None:
            ask_others_first(made=made, people=reviewers_for(made=made), now=now)
            watch_review(case=there, due_at=made.review_due_at)
    events.tell_moderators(now=now)
    return made


@write
def answer_second(*, by: Account, decision: UUID, agrees: bool, now: datetime) -> Decision:
    """The second person agrees, and the decision takes hold; or does not, and the case is open again.

    Raises `ModeratorNeeded`, `NotFound`, `SecondIsSame`, `Tied`, `OthersFirst`, `CaseDecided`.
    """
    role = access.moderator(by=by, kinds=(Role.Kind.SECOND_APPROVER,))
    made, case = _held(decision)
    if made.state != "asked":
        raise errors.CaseDecided
    _check_is_another(made, role, case, now=now)
    made.second_by = role
    note_decision("decision.seconded" if agrees else "decision.refused", made, by=by, now=now)
    aside = _aside(made)
    if aside is not None and agrees:
        take_aside(made, aside, by=by, now=now)
    elif agrees:
        _take_hold(made, by=by, now=now)
    else:
        _drop(made, case, to="refused", now=now)
    events.tell_moderators(now=now)
    return made


@write
def review(*, by: Account, decision: UUID, stands: bool, tells: bool = False, now: datetime) -> Decision:
    """Look at what was done at once or by somebody tied: it stands, or it is undone.

    `tells`: whoever was not told yet is told now, whatever was asked for. Raises as `answer_second`; a second review
    changes nothing.
    """
    role = access.moderator(by=by)
    made, case = _held(decision)
    if made.review_due_at is None:
        return made
    _check_is_another(made, role, case, now=now)
    made.review_due_at = None
    made.second_by = role
    made.save(update_fields=["review_due_at", "second_by"])
    note_decision("decision.reviewed", made, by=by, now=now, stands=stands)
    aside = _aside(made)
    if aside is not None:
        review_aside(made, aside, stands=stands, tells=tells, now=now)
    if not stands:
        undo(made, by=by, now=now)
    events.tell_moderators(now=now)
    return made


def undo(made: Decision, *, by: Account | None, now: datetime) -> None:
    """Bring back what was before every measure, and say so. The caller holds the decision and its case."""
    if made.state != "in_force":
        return
    aside = _aside(made)
    if aside is not None:
        undo_aside(made, aside, by=by, now=now)
        return
    for measure in made.measures.order_by("-id"):
        ways.undo(measure, by=by, now=now)
    made.state = states.STATES.move(present=made.state, to="undone")
    made.save(update_fields=["state"])
    note_decision("decision.undone", made, by=by, now=now)
    tell_concerned(made, now=now)
    made.case.outcome = "nothing_found"
    made.case.save(update_fields=["outcome"])
    tell_reporters(case=made.case, now=now)


def end_due(*, now: datetime) -> int:
    """Measures whose time is over, and decisions that no second person answered; → how many rows."""
    over = Measure.objects.filter(state="applied", until__lte=now).order_by("until")
    lapsed = Decision.objects.filter(state="asked", lapses_at__lte=now).order_by("lapses_at")
    ending, lapsing = list(over.values_list("id", "decision")[:AT_ONCE]), list(lapsed.values_list("id")[:AT_ONCE])
    for measure, decision in ending:
        _end(measure, decision, now=now)
    for (decision,) in lapsing:
        _lapse(decision, now=now)
    return len(ending) + len(lapsing)


@write
def _end(measure: int, decision: UUID, *, now: datetime) -> None:
    made, _ = _held(decision)
    there = Measure.objects.get(id=measure)
    if there.state == "applied":
        there.decision = made
        ways.end(there, now=now)


@write
def _lapse(decision: UUID, *, now: datetime) -> None:
    made, case = _held(decision)
    if made.state == "asked":
        note_decision("decision.lapsed", made, by=None, now=now)
        _drop(made, case, to="lapsed", now=now)
        events.tell_moderators(now=now)


def _check(case: Case, *, rule: str, measures: Sequence[Proposed], tied: bool, now: datetime) -> None:
    kinds = [measure.kind for measure in measures]
    if (measures and rule not in RULES) or (rule and rule not in RULES):
        raise errors.RuleNeeded(errors=(FieldError("/rule", errors.RuleNeeded.code),))
    for index, measure in enumerate(measures):
        if not _fits(case, measure, tied=tied, now=now) or kinds.count(measure.kind) > (measure.kind == "hide" or 1):
            raise errors.MeasureUnfit(errors=(FieldError(f"/measures/{index}", errors.MeasureUnfit.code),))


def _fits(case: Case, measure: Proposed, *, tied: bool, now: datetime) -> bool:
    kind = policy.MEASURES.get(measure.kind)
    if kind is None or kind.aside or (tied and measure.kind not in policy.FOR_THE_TIED):
        return False
    if (measure.until is not None) != kind.timed or (measure.until is not None and measure.until <= now):
        return False
    if (measure.seq is not None) != (kind.on == "message") or (measure.seconds is not None) != (kind.key == "slow"):
        return False
    if measure.seconds is not None and not 1 <= measure.seconds <= MAX_SLOW_S:
        return False
    if measure.seq is not None:  # only what the case has evidence of
        of_theirs = case.evidence.filter(seq=measure.seq)
        return case.membership is not None and of_theirs.filter(membership_id=case.membership.id).exists()
    if kind.on == "peer":
        return known_peer(case) is not None
    if kind.on == "membership":
        return case.membership is not None and case.subject is not None
    if kind.on == "entry":
        return case.entry is not None
    if kind.on == "group":
        return case.conversation is not None and case.conversation.kind == "group"
    return case.subject is not None


def _measure(made: Decision, case: Case, proposed: Proposed, *, tied: bool, now: datetime) -> Measure:
    until = proposed.until
    if tied and until is not None:
        until = min(until, now + policy.TIED_FOR)
    return Measure(
        decision=made,
        kind=proposed.kind,
        conversation_id=case.conversation_id,
        membership_id=case.membership_id,
        seq=proposed.seq,
        seconds=proposed.seconds,
        until=until,
    )


def _take_hold(made: Decision, *, by: Account, now: datetime) -> None:
    case = made.case
    taken = list(made.measures.order_by("id"))
    for measure in taken:
        measure.decision = made
        if ways.is_moot(measure):
            ways.drop(measure)
        else:
            ways.apply(measure, by=by, now=now)
    made.state = states.STATES.move(present=made.state, to="in_force")
    made.in_force_at = now
    made.lapses_at = None
    if policy.is_told(measure.kind for measure in taken):
        made.appeal_until = now + policy.appeal_for(frozenset(measure.kind for measure in taken))
    made.save()
    ways.release_holds(case, now=now)
    case.outcome = "measure_taken" if taken else "nothing_found"
    _move_case(case, "decided", now=now)
    drop_context(case=case)
    tell_concerned(made, now=now)
    tell_reporters(case=case, now=now)


def _drop(made: Decision, case: Case, *, to: str, now: datetime) -> None:
    """It never took hold; the case is open again. What was asked beside it leaves it as it is."""
    if _aside(made) is not None:
        drop_aside(made, to=to)
        return
    made.state = states.STATES.move(present=made.state, to=to)
    made.lapses_at = None
    made.save(update_fields=["state", "lapses_at", "second_by"])
    made.measures.update(state="dropped")
    _move_case(case, "open", now=now)
    watch(case=case, now=now)


def _move_case(case: Case, to: str, *, now: datetime) -> None:
    case.state = cases.STATES.move(present=case.state, to=to)
    case.decided_at = now if to == "decided" else None
    case.claimed_by = case.claimed_until = None
    case.version += 1
    case.save(update_fields=["state", "decided_at", "outcome", "claimed_by", "claimed_until", "version"])


def _held(decision: UUID) -> tuple[Decision, Case]:
    """Decision and case, both locked, the case first. Raises `NotFound`."""
    place = Decision.objects.filter(id=decision).values_list("case", flat=True).first()
    if place is None:
        raise NotFound
    hold_people(case=place)
    case = Case.objects.select_for_update().get(id=place)
    made = Decision.objects.select_for_update().get(id=decision)
    made.case = case
    return made, case


def _aside(made: Decision) -> Aside | None:
    """What it is beside the case, held."""
    return Aside.objects.select_for_update().filter(decision=made).first()


def _check_is_another(made: Decision, role: Role, case: Case, *, now: datetime) -> None:
    if made.by is not None and made.by.account_id == role.account_id:
        raise errors.SecondIsSame
    if is_tied(role=role, case=case):
        raise errors.Tied
    if others_come_first(made, role, at=now):
        raise errors.OthersFirst
