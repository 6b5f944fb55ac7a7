"""What is done beside a case for somebody's life: told who somebody is, told to an authority. Always by two people.

Neither ends the case. For danger to life one person does it at once, and another looks at it within a day. The person
concerned is told as it happens, unless that endangers somebody: then at the latest when the two have said, or, as long
as only one has decided, when it is to be reviewed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.errors import FieldError
from backend.core.text import normalise_body, normalise_line
from moderation import access, errors, events, policy, words
from moderation.actions import measures as ways
from moderation.actions.duty import ask_others_first, call_seconds, watch_beside
from moderation.actions.locks import hold_people
from moderation.actions.telling import note_decision, tell_concerned
from moderation.models import Aside, Case, Decision, LongerHold, Measure, Report
from moderation.models.decision import STATES
from moderation.queries.duty import reviewers_for
from moderation.queries.identity import FACTS
from moderation.sources import source_of

MAX_TEXT = 2000  # characters
MAX_LINE = 120
AT_ONCE = 100  # rows of one run of the job


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `report`: about who made it, else about who the case is about. `facts`: what they are told.

    `why`: for the second person. For an authority: which, its reference, the law (a key), and what it is told:
    ids of evidence and keys of facts. `held_h`: for how many hours the person is not told, in `why` the reason.
    """

    kind: str
    facts: str
    why: str
    report: UUID | None = None
    authority: str = ""
    reference: str = ""
    basis: str = ""
    evidence: tuple[UUID, ...] = ()
    told: tuple[str, ...] = ()
    held_h: int = 0
    at_once: bool = False


@write
def ask_aside(*, by: Account, case: UUID, wanted: Wanted, now: datetime) -> Decision:
    """Ask to unseal who somebody is, or to tell an authority; with `at_once` it takes hold now and is reviewed.

    Again, while the same is asked (or open, who somebody is), returns that. Raises as `claimed_case`, `CaseDecided`,
    `MeasureUnfit`, `HoldTooLong`, and what texts are refused for.
    """
    hold_people(case=case)
    role, there = access.claimed_case(by=by, case=case, now=now)
    if there.state == "decided":
        raise errors.CaseDecided
    report = _report(there, wanted)
    same = Decision.objects.filter(case=there, measures__kind=wanted.kind, aside__report=report)
    running = ("asked", "applied") if wanted.kind == "unseal_identity" else ("asked",)
    before = same.filter(measures__state__in=running).first()
    if before is not None:
        return before
    _check(there, wanted)
    made = Decision(case=there, subject=None if report else there.subject, by=role, made_at=now, at_once=wanted.at_once)
    person = _person(there, report)
    facts = normalise_body(text=wanted.facts, limit=MAX_TEXT)
    made.facts_for_case = words.for_case(case=there.id, text=facts, place="facts", of=made.id)
    made.facts_for_subject = words.for_person(account=person.id, text=facts, place="facts", of=made.id)
    made.save(force_insert=True)
    aside = Aside.objects.create(
        decision=made,
        report=report,
        account_hash=report.source.account_hash if report else None,
        items={"evidence": [str(one) for one in wanted.evidence], "facts": list(wanted.told)},
        said=words.for_case(case=there.id, text=_said(wanted), place="aside", of=made.id),
        held_h=wanted.held_h,
    )
    Measure.objects.create(decision=made, kind=wanted.kind)
    note_decision("decision.made", made, by=by, now=now, measures=[wanted.kind], at_once=wanted.at_once)
    if wanted.at_once:
        made.review_due_at = now + policy.REVIEW_WITHIN
        take_aside(made, aside, by=by, now=now)
        ask_others_first(made=made, people=reviewers_for(made=made), now=now)
        watch_beside(case=there, due_at=made.review_due_at)
    else:
        made.lapses_at = now + policy.SECOND_WITHIN
        made.save(update_fields=["lapses_at"])
        call_seconds(made=made, now=now)
    events.tell_moderators(now=now)
    return made


def take_aside(made: Decision, aside: Aside, *, by: Account, now: datetime) -> None:
    """It takes hold. Inside the write that holds decision and case."""
    for measure in made.measures.order_by("id"):
        measure.decision = made
        ways.apply(measure, by=by, now=now)
    made.state = STATES.move(present=made.state, to="in_force")
    made.in_force_at, made.lapses_at = now, None
    made.save()
    aside.tell_at = now
    if aside.held_h:
        held = timedelta(hours=aside.held_h)
        aside.tell_at = min(now + held, made.review_due_at) if made.review_due_at is not None else now + held
    aside.save(update_fields=["tell_at"])
    if aside.tell_at <= now:
        tell_aside(made, aside, now=now)


def drop_aside(made: Decision, *, to: str) -> None:
    """It never took hold: who agrees did not, or nobody answered. Nothing was seen, and nobody is told."""
    made.state = STATES.move(present=made.state, to=to)
    made.lapses_at = None
    made.save(update_fields=["state", "lapses_at", "second_by"])
    made.measures.update(state="dropped")


def review_aside(made: Decision, aside: Aside, *, stands: bool, tells: bool, now: datetime) -> None:
    """Another has looked. The person is told now, unless the two agree that it waits, as it was asked for."""
    if aside.told_at is not None:
        return
    until = (made.in_force_at or now) + timedelta(hours=aside.held_h)
    if stands and not tells and until > now:
        aside.tell_at = until
        aside.save(update_fields=["tell_at"])
    elif stands:
        tell_aside(made, aside, now=now)


def undo_aside(made: Decision, aside: Aside, *, by: Account | None, now: datetime) -> None:
    """What is open is closed, what was not yet told to an authority is not told; and the person hears of it."""
    for measure in made.measures.order_by("-id"):
        ways.undo(measure, by=by, now=now)
    made.state = STATES.move(present=made.state, to="undone")
    made.save(update_fields=["state"])
    note_decision("decision.undone", made, by=by, now=now)
    if aside.told_at is None:
        tell_aside(made, aside, now=now)
    else:
        tell_concerned(made, now=now)


def tell_aside(made: Decision, aside: Aside, *, now: datetime) -> None:
    """From now on the person can read it, sees who looked, and can appeal."""
    aside.tell_at, aside.told_at = None, now
    aside.save(update_fields=["tell_at", "told_at"])
    made.appeal_until = now + policy.LONG
    made.save(update_fields=["appeal_until"])
    note_decision("decision.told", made, by=None, now=now)
    tell_concerned(made, now=now)


def tell_due(*, now: datetime) -> int:
    """The job: whoever was to be told by now is told; → how many."""
    found = list(
        Aside.objects.filter(tell_at__lte=now).order_by("tell_at").values_list("decision", flat=True)[:AT_ONCE]
    )
    for decision in found:
        _tell_one(decision, now=now)
    return len(found)


@write
def _tell_one(decision: UUID, *, now: datetime) -> None:
    made, aside = _held(decision)
    if aside.tell_at is not None and aside.tell_at <= now:
        tell_aside(made, aside, now=now)


@write
def ask_longer(*, by: Account, decision: UUID, hours: int, why: str, now: datetime) -> LongerHold:
    """Ask that somebody is told later, so many hours from now; another must agree. Again returns the open one.

    Raises `ModeratorNeeded`, `NotFound`, `HoldTooLong`, and what the text's form refuses.
    """
    role, made = access.untold(by=by, decision=decision)
    made, aside = _held(made.id)
    body = normalise_body(text=why, limit=MAX_TEXT)
    if hours not in policy.HOLDS or not hours:
        raise errors.HoldTooLong(errors=(FieldError("/hours", errors.HoldTooLong.code),))
    there = aside.longer.filter(answered_at=None).first()
    if there is not None:
        return there
    until = now + timedelta(hours=hours)
    sealed = words.for_case(case=made.case_id, text=body, place="longer", of=made.id)
    note_decision("decision.longer_asked", made, by=by, now=now, until=until.isoformat())
    return LongerHold.objects.create(aside=aside, by=role, why=sealed, until=until, asked_at=now)


@write
def answer_longer(*, by: Account, decision: UUID, agrees: bool, now: datetime) -> Aside:
    """Another person agrees that somebody is told later, or does not. Raises `NotFound`, `SecondIsSame`."""
    role, made = access.untold(by=by, decision=decision)
    made, aside = _held(made.id)
    there = aside.longer.select_for_update().filter(answered_at=None).first()
    if there is None or aside.tell_at is None:
        return aside
    asked_by = Role.objects.get(id=there.by_id) if there.by_id else None
    if asked_by is not None and asked_by.account_id == role.account_id:
        raise errors.SecondIsSame
    there.second_by, there.answered_at = role, now
    there.save(update_fields=["second_by", "answered_at"])
    note_decision("decision.longer_agreed" if agrees else "decision.longer_refused", made, by=by, now=now)
    if agrees:
        aside.tell_at = max(aside.tell_at, there.until)
        aside.save(update_fields=["tell_at"])
    return aside


def said_of(text: str) -> dict[str, str]:
    """What was sealed as `said`."""
    found: dict[str, str] = orjson.loads(text)
    return found


def _said(wanted: Wanted) -> str:
    told = {"why": normalise_body(text=wanted.why, limit=MAX_TEXT)}
    if wanted.kind == "disclose":
        told["authority"] = normalise_line(text=wanted.authority, limit=MAX_LINE)
        told["reference"] = normalise_line(text=wanted.reference, limit=MAX_LINE)
        told["basis"] = wanted.basis
    return orjson.dumps(told).decode()


def _report(case: Case, wanted: Wanted) -> Report | None:
    """The report about whose maker it is. Raises `MeasureUnfit` for one that nobody with an account made."""
    if wanted.report is None:
        return None
    there = case.reports.select_related("source").filter(id=wanted.report, source__isnull=False).first()
    if there is None:
        raise _unfit("/report")
    return there


def _person(case: Case, report: Report | None) -> Account:
    person = case.subject
    if report is not None:
        person = Account.objects.filter(id=source_of(report.source)).first()
    if person is None:
        raise _unfit("/report")
    return person


def _check(case: Case, wanted: Wanted) -> None:
    kind = policy.MEASURES.get(wanted.kind)
    if kind is None or not kind.aside:
        raise _unfit("/kind")
    if wanted.held_h not in policy.HOLDS:
        raise errors.HoldTooLong(errors=(FieldError("/held_h", errors.HoldTooLong.code),))
    if wanted.kind == "disclose":
        if wanted.basis not in policy.BASES:
            raise _unfit("/basis")
        known = set(case.evidence.filter(id__in=wanted.evidence).values_list("id", flat=True))
        if set(wanted.evidence) != known:
            raise _unfit("/evidence")
        if not set(wanted.told) <= set(FACTS) or not (wanted.told or wanted.evidence):
            raise _unfit("/told")
    elif wanted.evidence or wanted.told or wanted.basis:
        raise _unfit("/kind")


def _held(decision: UUID) -> tuple[Decision, Aside]:
    place = Decision.objects.values_list("case", flat=True).get(id=decision)
    case = Case.objects.select_for_update().get(id=place)
    made = Decision.objects.select_for_update().get(id=decision)
    made.case = case
    return made, Aside.objects.select_for_update().get(decision=decision)


def _unfit(where: str) -> errors.MeasureUnfit:
    return errors.MeasureUnfit(errors=(FieldError(where, errors.MeasureUnfit.code),))
