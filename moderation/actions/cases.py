"""Handling cases: claimed by one person at a time, handed on, noted on. A claim ends by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.text import normalise_body
from moderation import access, errors, events, words
from moderation.actions.load import meet
from moderation.actions.reports import tell_reporters
from moderation.models import Case, CaseNote, Watch
from moderation.queries.people import is_colleague, is_tied
from moderation.reasons import Priority

CLAIMED_FOR = timedelta(minutes=30)
MAX_NOTE = 4000  # characters


@write
def claim(*, by: Account, case: UUID, now: datetime) -> Case:
    """Take a case, or keep it for another half hour.

    Who is tied to the people may claim only what is overdue, to hide or mute until another has looked. Raises
    `ModeratorNeeded`, `NotFound`, `CaseDecided`, `ClaimedByAnother`, `Tied`, `RestFirst`.
    """
    role, there = access.case(by=by, case=case, lock=True)
    if there.state == "decided":
        raise errors.CaseDecided
    holder = there.holder(at=now)
    if holder is not None and holder != role:
        raise errors.ClaimedByAnother
    if is_tied(role=role, case=there) and (
        there.due_at > now or there.subject_id == by.id or is_colleague(role=role, case=there)
    ):
        raise errors.Tied
    meet(role=role, case=there, now=now)
    first = there.looked_at is None
    there.claimed_by, there.claimed_until = role, now + CLAIMED_FOR
    there.looked_at = there.looked_at or now
    _save(there, "claimed_by", "claimed_until", "looked_at")
    if holder is None:
        audit(action="case.claimed", at=now, by=by.id, subject=there.subject_id, data={"case": str(there.id)})
        events.tell_moderators(now=now)
    if first:
        tell_reporters(case=there, now=now)
    return there


@write
def release(*, by: Account, case: UUID, now: datetime) -> Case:
    """Let others take it. Who has not claimed it changes nothing. Raises `ModeratorNeeded`, `NotFound`."""
    role, there = access.case(by=by, case=case, lock=True)
    if there.holder(at=now) == role:
        release_case(there)
        call_again(there, now=now)
        audit(action="case.released", at=now, by=by.id, subject=there.subject_id, data={"case": str(there.id)})
        events.tell_moderators(now=now)
    return there


@write
def note(*, by: Account, case: UUID, text: str, now: datetime) -> CaseNote:
    """A note on the case, for who handles it next. Raises as `claimed_case`, and what the text's form refuses."""
    role, there = access.claimed_case(by=by, case=case, now=now)
    made = CaseNote(case=there, by=role, made_at=now)
    made.body = words.for_case(
        case=there.id, text=normalise_body(text=text, limit=MAX_NOTE), place="case_note", of=there.id
    )
    made.save()
    return made


@write
def keep_typed(*, by: Account, case: UUID, text: str, now: datetime) -> None:
    """Keep what somebody who may act on a case had typed when the second factor was asked for; no claim is needed.

    The caller knows that they may. Raises `ModeratorNeeded`, `NotFound`, and what the text's form refuses.
    """
    role, there = access.case(by=by, case=case)
    body = normalise_body(text=text[:MAX_NOTE], limit=MAX_NOTE)
    sealed = words.for_case(case=there.id, text=body, place="case_note", of=there.id)
    CaseNote.objects.create(case=there, by=role, body=sealed, made_at=now)


def release_case(there: Case, *fields: str) -> None:
    """Nobody has claimed it any more; `fields` are saved as well."""
    there.claimed_by = there.claimed_until = None
    _save(there, "claimed_by", "claimed_until", *fields)


def call_again(there: Case, *, now: datetime) -> None:
    """Nobody has it any more: if it is urgent, whoever is on duty is called at once."""
    if there.priority == Priority.HIGH:
        Watch.objects.filter(case=there, due_at__gt=now).update(due_at=now)


@write
def hand_on(*, by: Account, case: UUID, text: str, now: datetime) -> Case:
    """Leave it to somebody else, with what they should know. Raises as `note`."""
    note(by=by, case=case, text=text, now=now)
    return release(by=by, case=case, now=now)


def _save(there: Case, *fields: str) -> None:
    there.version += 1
    there.save(update_fields=[*fields, "version"])
