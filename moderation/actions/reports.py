"""Reports: taken with their evidence in one write, joined to what is open about the same thing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError

from backend.core import limits
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import FieldError, Forbidden, NotFound, TooMany, Unavailable
from backend.core.limits import Rate
from backend.core.sealing import vault
from backend.core.streams.append import append
from backend.core.text import normalise_body
from messaging.actions.blocks import block
from messaging.actions.hiding import hide_message
from messaging.models import Message
from moderation import access, errors, events, sources, words
from moderation.access import Reported, Target
from moderation.actions.duty import watch
from moderation.actions.evidence import take_entry, take_message, take_peer, take_person
from moderation.models import Case, CaseHold, Report, ReportLine
from moderation.models.case import JOINED
from moderation.models.case import STATES as CASE_STATES
from moderation.reasons import HELD_AT_ONCE, PRIORITIES, PROMISED, Reason, more_urgent

MAX_NOTE = 2000  # characters
REPORTED = Rate(count=40, per_s=86_400, burst=20)  # of one account; fails closed
HELD = Rate(count=3, per_s=86_400, burst=3)  # messages that one account's reports hide, for a person to look
MOST_LINES = 50  # of one report
RACES = 3


def report(
    *,
    by: Account,
    target: Target,
    reason: str,
    note: str | None = None,
    also_block: bool = False,
    may_contact: bool = False,
    now: datetime,
) -> Report:
    """Report a message, somebody, or an entry of the directory; what is open about the same is joined.

    The evidence is sealed at once. Some reasons hide that one message and what quotes it until a person looks: a few a
    day for each reporter, and never an account. The same report again returns the first. Raises `NotFound`,
    `ReportOfOneself`, `ReportUnfit`, `TooMany` and what the note's form refuses.
    """
    thing = access.reported(by=by, target=target, at=now)  # before anything is counted or made
    if also_block and thing.membership is None:
        raise errors.ReportUnfit(errors=(FieldError("/also_block", errors.ReportUnfit.code),))
    if thing.entry is not None and reason == Reason.WORRIED:
        raise errors.ReportUnfit(errors=(FieldError("/reason", errors.ReportUnfit.code),))
    limits.take(name="reports", key=by.id.bytes, rate=REPORTED, now=now)
    given: dict[str, Any] = {
        "by": by,
        "target": target,
        "reason": Reason(reason),
        "note": normalise_body(text=note, limit=MAX_NOTE) if note else None,
        "also_block": also_block,
        "may_contact": may_contact,
        "may_hold": target.seq is not None and reason in HELD_AT_ONCE and _take_hold(by, now),
        "now": now,
    }
    for _ in range(RACES):
        fresh = uuid4()
        vault.create_key(owner=fresh, at=now)  # first, in its own database: an orphan is swept, a lack is not
        try:
            return _report(fresh=fresh, **given)
        except IntegrityError:  # somebody else opened the case in the same moment: now it is found
            continue
    raise Unavailable


@write
def _report(
    *,
    fresh: UUID,
    by: Account,
    target: Target,
    reason: Reason,
    note: str | None,
    also_block: bool,
    may_contact: bool,
    may_hold: bool,
    now: datetime,
) -> Report:
    reported = access.reported(by=by, target=target, at=now)
    if also_block and reported.membership is not None:  # first: it holds accounts and conversations
        block(by=by, membership=reported.membership.id, now=now)
    case = _case_about(reported, reason=reason, fresh=fresh, now=now)
    made = Report(
        case=case,
        target=_kind_of(target),
        seq=target.seq,
        reason=reason,
        may_contact=may_contact,
        received_at=now,
    )
    again = case.reports.filter(
        target=made.target, seq=made.seq, reason=reason, source__account_hash__in=sources.hashes_of(by.id)
    ).first()
    if again is not None:
        return again
    if note:
        made.note = words.for_case(case=case.id, text=note, place="note", of=made.id)
    made.save(force_insert=True)
    sources.keep_source(report=made, account=by.id)
    if reported.entry is not None:
        take_entry(case=case, entry=reported.entry, now=now)
    elif reported.peer is not None:
        take_peer(case=case, peer=reported.peer, now=now)
    elif target.seq is None:
        take_person(case=case, now=now)
    else:
        take_message(case=case, reporter=by.id, seq=target.seq, now=now)
        if may_hold:
            _hold(case, target.seq, now=now)
    append(stream=by.inbox, kind=events.REPORT_CHANGED, ref=made.id, at=now)
    events.tell_moderators(now=now)
    return made


@write
def say_to_moderators(*, by: Account, report: UUID, text: str, now: datetime) -> ReportLine:
    """The reporter adds something, or answers a question. Raises `NotFound`, `TooMany`, and what the form refuses."""
    there = access.report(by=by, report=report)
    if there.lines.filter(by_reporter=True).count() >= MOST_LINES:
        raise TooMany(retry_after=86_400)
    line = _line(there, account=by.id, by_reporter=True, text=normalise_body(text=text, limit=MAX_NOTE), now=now)
    append(stream=by.inbox, kind=events.REPORT_CHANGED, ref=there.id, at=now)
    events.tell_moderators(now=now)
    return line


@write
def ask_reporter(*, by: Account, case: UUID, report: UUID, text: str, now: datetime) -> ReportLine:
    """Who handles the case asks a reporter, who allowed it, without learning who that is.

    Raises as `claimed_case`, `NotFound`, `Forbidden`.
    """
    _, held = access.claimed_case(by=by, case=case, now=now)
    there = held.reports.select_related("source").filter(id=report).first()
    if there is None or not hasattr(there, "source"):
        raise NotFound
    if not there.may_contact:
        raise Forbidden
    account = sources.source_of(there.source)
    if not Account.objects.filter(id=account, erased_at=None).exists():
        raise NotFound
    line = _line(there, account=account, by_reporter=False, text=normalise_body(text=text, limit=MAX_NOTE), now=now)
    _tell(there, account, now=now)
    return line


def tell_reporters(*, case: Case, now: datetime) -> None:
    """Something has become of their reports."""
    for there in case.reports.select_related("source"):
        if hasattr(there, "source"):
            _tell(there, sources.source_of(there.source), now=now)


def _tell(there: Report, account: UUID, *, now: datetime) -> None:
    inbox = Account.objects.filter(id=account).values_list("inbox", flat=True).first()
    if inbox is not None:
        append(stream=inbox, kind=events.REPORT_CHANGED, ref=there.id, at=now)


def _line(there: Report, *, account: UUID, by_reporter: bool, text: str, now: datetime) -> ReportLine:
    return ReportLine.objects.create(
        report=there,
        by_reporter=by_reporter,
        for_case=words.for_case(case=there.case_id, text=text, place="line", of=there.id),
        for_reporter=words.for_person(account=account, text=text, place="line", of=there.id),
        said_at=now,
    )


def _kind_of(target: Target) -> Report.Target:
    if target.seq is not None:
        return Report.Target.MESSAGE
    if target.entry is not None:
        return Report.Target.ENTRY
    return Report.Target.PEER if target.peer is not None else Report.Target.MEMBERSHIP


def _case_about(reported: Reported, *, reason: Reason, fresh: UUID, now: datetime) -> Case:
    """The open case about this, as urgent as its gravest report; or a new one."""
    kind = Case.Kind.CARE if reason == Reason.WORRIED else Case.Kind.RULE
    about, priority = f"{kind}:{reported.about}", PRIORITIES[reason]
    due_at = now + PROMISED[priority]
    open_one = Case.objects.select_for_update().filter(about=about, state__in=JOINED).first()
    if open_one is None:
        there = reported.membership
        made = Case.objects.create(
            id=fresh,
            kind=kind,
            about=about,
            reason=reason,
            priority=priority,
            language=reported.language,
            subject=reported.subject,
            conversation=there.conversation if there is not None else None,
            membership=there,
            entry=reported.entry.id if reported.entry is not None else None,
            opened_at=now,
            due_at=due_at,
        )
        watch(case=made, now=now)
        return made
    calls = open_one.state == "second_look" or priority != open_one.priority
    if more_urgent(priority, open_one.priority) != open_one.priority:
        open_one.priority, open_one.reason = priority, reason
    open_one.due_at = min(open_one.due_at, due_at)
    if open_one.state == "second_look":  # somebody worries anew: it was not enough
        open_one.state = CASE_STATES.move(present=open_one.state, to="open")
        open_one.looks.all().delete()
    open_one.version += 1
    open_one.save(update_fields=["priority", "reason", "due_at", "state", "version"])
    if calls and open_one.priority == priority:
        watch(case=open_one, now=now)
    return open_one


def _take_hold(by: Account, now: datetime) -> bool:
    try:
        limits.take(name="report holds", key=by.id.bytes, rate=HELD, now=now)
    except TooMany:
        return False
    return True


def _hold(case: Case, seq: int, *, now: datetime) -> None:
    """Hide the message and what quotes it. What is hidden already is not ours to show again."""
    assert case.conversation_id is not None
    there = Message.objects.filter(conversation_id=case.conversation_id, hidden_at=None, retracted_at=None)
    found = there.filter(seq=seq) | there.filter(reply_to=seq)
    for each in found.order_by("seq").values_list("seq", flat=True):
        hide_message(conversation=case.conversation_id, seq=each, now=now)
        CaseHold.objects.create(case=case, conversation_id=case.conversation_id, seq=each)
