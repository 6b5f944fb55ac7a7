"""What anybody sends without a name, and what becomes of it. Nothing here knows who the sender is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import Invalid, TooMany
from backend.core.limits import Rate, take
from backend.core.sealing import datakeys, seal
from backend.core.text import normalise_body
from peers.directory import access, errors, queries
from peers.directory.actions.edition import turn
from peers.directory.models import Entry, Problem, Question
from peers.directory.vocabulary import WITH_QUESTIONS, Trouble

MAX_LETTER = 1000  # characters
WAITING = 50  # of one kind for one entry
ANSWERS_KEPT = 30
SENT = Rate(count=10, per_s=3600, burst=5)  # letters of one network


def report_problem(*, entry: UUID, kind: str, note: str | None, network: bytes, now: datetime) -> None:
    """Say that an entry is wrong. `network` is the coarse one of who sends: it is limited, and kept nowhere.

    Raises `NotFound`, `TooMany`, `Invalid` and what the text's form refuses.
    """
    there = access.entry(entry=entry)
    if kind not in list(Trouble):
        raise Invalid("not_choice")
    text = normalise_body(text=note, limit=MAX_LETTER) if note else None
    take(name="directory_letter", key=network, rate=SENT, now=now)
    datakeys.create_key(owner=there.id, at=now)
    _keep_problem(entry=there, kind=kind, text=text, now=now)


@write
def _keep_problem(*, entry: Entry, kind: str, text: str | None, now: datetime) -> None:
    if Problem.objects.filter(entry=entry).count() >= WAITING:
        raise TooMany(retry_after=3600)
    letter = uuid4()
    note = None if text is None else _seal(entry.id, text, queries.problem_aad(letter))
    Problem.objects.create(id=letter, entry=entry, kind=kind, note=note, sent_on=now.date())


def ask_question(*, entry: UUID, body: str, network: bytes, now: datetime) -> None:
    """Ask the organisers of a meeting something. The answer is published with the entry, in their own words.

    Raises `NotFound`, `NoQuestions`, `TooMany` and what the text's form refuses.
    """
    there = access.entry(entry=entry)
    if not takes_questions(there):
        raise errors.NoQuestions
    text = normalise_body(text=body, limit=MAX_LETTER)
    take(name="directory_letter", key=network, rate=SENT, now=now)
    datakeys.create_key(owner=there.id, at=now)
    _keep_question(entry=there, text=text, now=now)


@write
def _keep_question(*, entry: Entry, text: str, now: datetime) -> None:
    if Question.objects.filter(entry=entry).count() >= WAITING:
        raise TooMany(retry_after=3600)
    letter = uuid4()
    sealed = _seal(entry.id, text, queries.question_aad(letter))
    Question.objects.create(id=letter, entry=entry, body=sealed, sent_on=now.date())


def takes_questions(entry: Entry) -> bool:
    """Whether somebody looks after this meeting."""
    return entry.kept_by_id is not None and bool(set(entry.kinds) & set(WITH_QUESTIONS))


@write
def settle_problem(*, by: Account, problem: UUID, now: datetime) -> None:
    """It has been looked at; it is deleted."""
    there = access.problem(by=by, problem=problem, lock=True)
    there.delete()
    audit(action="entry.problem_settled", at=now, by=by.id, subject=there.entry_id, data={"kind": there.kind})


@write
def answer_question(*, by: Account, question: UUID, asked: str, answer: str, now: datetime) -> Entry:
    """Publish what was asked, said anew by the organisers, with their answer; the question itself is deleted."""
    there = access.question(by=by, question=question, lock=True)
    entry = access.kept_entry(by=by, entry=there.entry_id, lock=True)
    told = {
        "question": normalise_body(text=asked, limit=MAX_LETTER),
        "answer": normalise_body(text=answer, limit=MAX_LETTER),
        "on": now.date().isoformat(),
    }
    entry.answers = [*entry.answers, told][-ANSWERS_KEPT:]
    entry.version += 1
    entry.changed_at = now
    entry.save(update_fields=["answers", "version", "changed_at"])
    there.delete()
    audit(action="entry.question_answered", at=now, by=by.id, subject=entry.id)
    turn()
    return entry


@write
def drop_question(*, by: Account, question: UUID, now: datetime) -> None:
    """Delete a question that will not be answered."""
    there = access.question(by=by, question=question, lock=True)
    there.delete()
    audit(action="entry.question_dropped", at=now, by=by.id, subject=there.entry_id)


def _seal(entry: UUID, text: str, aad: bytes) -> bytes:
    return seal.seal(key=datakeys.key_of(entry), text=text.encode(), aad=aad)
