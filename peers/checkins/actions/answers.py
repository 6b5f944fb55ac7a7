"""A check-in answered or put off. An answer is sealed to the member and told to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import Conflict, FieldError
from backend.core.sealing import vault
from backend.core.streams.append import append
from backend.core.text import normalise_body
from peers.checkins import access, errors, events
from peers.checkins.actions.planning import plan_next
from peers.checkins.actions.plans import heard_of
from peers.checkins.actions.requests import ask_contact
from peers.checkins.cadence import next_safe, wider
from peers.checkins.models import Checkin, ContactRequest, Plan
from peers.checkins.models.checkin import ANSWERABLE
from peers.checkins.questions import FINE, LOW, OVERALL, STEPS, WISHES

MAX_NOTE = 1000  # characters
MOST_SNOOZES = 3
LONGEST_SNOOZE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Answered:
    """The check-in, whether help should be shown, and the wish for contact that came of it.

    `wider` is a rhythm (preset, days) that may be offered after an answer that all is well. It is never imposed.
    """

    checkin: Checkin
    low: bool
    request: ContactRequest | None
    nobody_beside: bool
    wider: tuple[str, int] | None = None


def answer_checkin(
    *, by: Account, checkin: UUID, answers: Mapping[str, str], wish: str, note: str, now: datetime
) -> Answered:
    """Answer: `answers` by `overall` and life domain, each a step. Late is welcome; the same again changes nothing.

    A wish for contact that nobody can be asked for is told (`nobody_beside`), and the answer is kept all the same.
    Raises `NotFound`, `QuestionNotAsked`, `AnsweredOtherwise`, `Conflict`.
    """
    if wish not in WISHES or any(step not in STEPS for step in answers.values()):
        raise errors.QuestionNotAsked
    vault.create_key(owner=by.id, at=now)
    return _answer(by=by, checkin=checkin, answers=answers, wish=wish, note=note, now=now)


@write
def _answer(*, by: Account, checkin: UUID, answers: Mapping[str, str], wish: str, note: str, now: datetime) -> Answered:
    if wish != "no":
        accounts.account(account=by.id, lock=True)  # accounts come first
    plan = access.plan(by=by, lock=True)
    there = access.checkin(by=by, checkin=checkin)
    for key in answers:
        if key not in (OVERALL, *there.domains):
            code = errors.QuestionNotAsked.code
            raise errors.QuestionNotAsked(errors=(FieldError("/answers", code),))
    note = normalise_body(text=note, limit=MAX_NOTE) if note else ""
    told = {"answers": dict(answers), "wish": wish, "note": note}
    low = not LOW.isdisjoint(answers.values())
    if there.state == "answered":
        if read_answer(there, by=by, now=now) != told:
            raise errors.AnsweredOtherwise
        return Answered(checkin=there, low=low, request=None, nobody_beside=False, wider=_wider(plan, answers, wish))
    if there.state not in ANSWERABLE:
        raise Conflict("state_conflict")
    there.sealed = vault.seal_for(owner=by.id, text=orjson.dumps(told), aad=there.aad)
    there.answered_at = now
    there.move(to="answered", at=now)
    there.save(update_fields=["sealed", "answered_at", "state", "due_at", "resolved_at"])
    slowed, plan.unanswered = plan.unanswered >= 2, 0
    heard_of(plan, now=now)
    plan.save(update_fields=["unanswered", "way_back_due"])
    if slowed:
        plan_next(plan, now=now)
    append(stream=by.inbox, kind=events.CHECKIN_CHANGED, ref=there.id, at=now)
    if wish == "no":
        return Answered(checkin=there, low=low, request=None, nobody_beside=False, wider=_wider(plan, answers, wish))
    try:
        request = ask_contact(by=by, somebody_else=wish == "somebody", now=now)
    except errors.NobodyBeside:
        return Answered(checkin=there, low=low, request=None, nobody_beside=True)
    except errors.RequestWaits:
        return Answered(checkin=there, low=low, request=None, nobody_beside=False)
    return Answered(checkin=there, low=low, request=request, nobody_beside=False)


def _wider(plan: Plan, answers: Mapping[str, str], wish: str) -> tuple[str, int] | None:
    """A wider rhythm where all is well and nothing is wished for."""
    if answers.get(OVERALL) not in FINE or not LOW.isdisjoint(answers.values()) or wish != "no" or plan.stopped_at:
        return None
    return wider(plan.preset, plan.every_days)


@write
def snooze_checkin(*, by: Account, checkin: UUID, until: datetime, now: datetime) -> Checkin:
    """Put it off, inside the member's own window; at most three times, each for at most two weeks.

    Raises `NotFound`, `SnoozedEnough`, `PauseTooLong`, `Conflict`.
    """
    plan = access.plan(by=by, lock=True)
    there = access.checkin(by=by, checkin=checkin)
    if not now < until <= now + LONGEST_SNOOZE:
        raise errors.PauseTooLong(errors=(FieldError("/until", errors.PauseTooLong.code),))
    if there.snoozes >= MOST_SNOOZES:
        raise errors.SnoozedEnough
    if there.state == "snoozed":
        there.due_at = next_safe(plan.rhythm, until)
    else:
        there.move(to="snoozed", at=now, due_at=next_safe(plan.rhythm, until))
    there.snoozes += 1
    there.save(update_fields=["state", "due_at", "resolved_at", "snoozes"])
    heard_of(plan, now=now)
    plan.save(update_fields=["way_back_due"])
    append(stream=by.inbox, kind=events.CHECKIN_CHANGED, ref=there.id, at=now)
    return there


def read_answer(checkin: Checkin, *, by: Account, now: datetime) -> dict[str, Any] | None:
    """What the member answered, for the member: `{answers, wish, note}`; None as long as there is no answer."""
    if checkin.plan_id != by.id:
        raise ValueError("not one's own")
    if checkin.sealed is None:
        return None
    (text,) = vault.open_own(account=by.id, sealed=[(bytes(checkin.sealed), checkin.aad)], now=now)
    told: dict[str, Any] = orjson.loads(text)
    return told
