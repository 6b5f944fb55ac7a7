"""Appeals: the person concerned says that a decision is wrong; somebody else, with no tie, looks again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import NotFound, TooMany
from backend.core.streams.append import append
from backend.core.text import normalise_body
from moderation import access, errors, events, words
from moderation.actions.decisions import undo
from moderation.actions.locks import hold_people
from moderation.models import Appeal, AppealLine, Case, Decision
from moderation.models.appeal import STATES
from moderation.queries.people import concerned, is_tied

MAX_TEXT = 4000  # characters
ANSWERED_WITHIN = timedelta(days=7)
MOST_LINES = 20  # of one side


@write
def appeal(*, by: Account, decision: UUID, text: str, now: datetime) -> Appeal:
    """Appeal against a decision about the caller, once. Again, while it is open, returns the first.

    Raises `NotFound`, `AppealOver`, `AppealedBefore`, and what the text's form refuses.
    """
    body = normalise_body(text=text, limit=MAX_TEXT)
    there = Decision.objects.select_for_update().get(id=access.decision(by=by, decision=decision).id)
    before = there.appeals.first()
    if before is not None:
        if before.state == "open":
            return before
        raise errors.AppealedBefore
    if there.state != "in_force" or there.appeal_until is None or there.appeal_until <= now:
        raise errors.AppealOver
    made = Appeal.objects.create(decision=there, made_at=now, due_at=now + ANSWERED_WITHIN)
    _say(made, there, by_subject=True, account=by.id, body=body, now=now)
    append(stream=by.inbox, kind=events.APPEAL_CHANGED, ref=made.id, at=now)
    events.tell_moderators(now=now)
    return made


@write
def add_to_appeal(*, by: Account, appeal: UUID, text: str, now: datetime) -> AppealLine:
    """The person adds something while it is open. Raises `NotFound`, `AppealOver`, `TooMany`."""
    body = normalise_body(text=text, limit=MAX_TEXT)
    made = Appeal.objects.select_for_update().get(id=access.appeal(by=by, appeal=appeal).id)
    if made.state != "open":
        raise errors.AppealOver
    if made.lines.filter(by_subject=True).count() >= MOST_LINES:
        raise TooMany(retry_after=86_400)
    line = _say(made, made.decision, by_subject=True, account=by.id, body=body, now=now)
    append(stream=by.inbox, kind=events.APPEAL_CHANGED, ref=made.id, at=now)
    events.tell_moderators(now=now)
    return line


@write
def ask_about_appeal(*, by: Account, appeal: UUID, text: str, now: datetime) -> AppealLine:
    """Who looks again asks the person something, or tells how it goes. Raises as `answer_appeal`, `TooMany`."""
    body = normalise_body(text=text, limit=MAX_TEXT)
    place = Appeal.objects.filter(id=appeal).values_list("decision", flat=True).first()
    if place is None:
        raise NotFound
    _, there = access.decision_to_answer(by=by, decision=place, at=now)
    made = Appeal.objects.select_for_update().get(id=appeal)
    person = concerned(there)
    if made.state != "open" or person is None:
        raise errors.AppealOver
    if made.lines.filter(by_subject=False).count() >= MOST_LINES:
        raise TooMany(retry_after=86_400)
    line = _say(made, there, by_subject=False, account=person.id, body=body, now=now)
    append(stream=person.inbox, kind=events.APPEAL_CHANGED, ref=made.id, at=now)
    return line


@write
def answer_appeal(*, by: Account, appeal: UUID, upholds: bool, text: str, now: datetime) -> Appeal:
    """Look again: upheld, every measure is undone; rejected, all stays. The person is told why.

    Raises `ModeratorNeeded`, `NotFound`, `Tied` (also for who made or seconded the decision), `AppealOver`.
    """
    role = access.moderator(by=by)
    body = normalise_body(text=text, limit=MAX_TEXT)
    place = Appeal.objects.filter(id=appeal).values_list("decision", "decision__case").first()
    if place is None:
        raise NotFound
    hold_people(case=place[1])
    case = Case.objects.select_for_update().get(id=place[1])
    there = Decision.objects.select_for_update().get(id=place[0])
    made = Appeal.objects.select_for_update().get(id=appeal)
    there.case = case
    if made.state != "open":
        raise errors.AppealOver
    took_part = {part.account_id for part in (there.by, there.second_by) if part is not None}
    if role.account_id in took_part or is_tied(role=role, case=case):
        raise errors.Tied
    made.state = STATES.move(present=made.state, to="upheld" if upholds else "rejected")
    made.decided_by, made.decided_at = role, now
    made.save(update_fields=["state", "decided_by", "decided_at"])
    person = concerned(there)
    if person is not None:
        _say(made, there, by_subject=False, account=person.id, body=body, now=now)
        append(stream=person.inbox, kind=events.APPEAL_CHANGED, ref=made.id, at=now)
    told = {"appeal": str(made.id), "decision": str(there.id)}
    audit(action=f"appeal.{made.state}", at=now, by=by.id, subject=there.subject_id, data=told)
    if upholds:
        undo(there, by=by, now=now)
    events.tell_moderators(now=now)
    return made


def _say(made: Appeal, there: Decision, *, by_subject: bool, account: UUID, body: str, now: datetime) -> AppealLine:
    return AppealLine.objects.create(
        appeal=made,
        by_subject=by_subject,
        for_case=words.for_case(case=there.case_id, text=body, place="appeal", of=made.id),
        for_subject=words.for_person(account=account, text=body, place="appeal", of=made.id),
        said_at=now,
    )
