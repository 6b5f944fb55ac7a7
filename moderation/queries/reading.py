"""What is opened of a case for who handles it: evidence, what reporters said, notes, facts, what an appeal says.

Nothing of it is on a page before somebody asks; each opening is an audit entry that the person concerned can see.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.sealing import vault
from moderation import access
from moderation.models import (
    AppealLine,
    CareLine,
    Case,
    CaseNote,
    Decision,
    Exhibit,
    LongerHold,
    Report,
    ReportLine,
)
from moderation.queries.cases import Proof, exhibits_of, opening, proofs_of
from moderation.queries.people import is_tied
from moderation.words import aad


@dataclass(slots=True)
class Told:
    """What was opened. `proofs` is None where only words were asked for."""

    proofs: list[Proof] | None = None
    exhibits: list[tuple[Exhibit, str]] = field(default_factory=list)
    reports: list[tuple[Report, str]] = field(default_factory=list)
    lines: list[tuple[ReportLine, str]] = field(default_factory=list)
    notes: list[tuple[CaseNote, str]] = field(default_factory=list)
    facts: list[tuple[Decision, str]] = field(default_factory=list)
    appeal: list[tuple[AppealLine, str]] = field(default_factory=list)
    talk: list[tuple[CareLine, str]] = field(default_factory=list)
    asides: list[tuple[Decision, dict[str, str]]] = field(default_factory=list)


@write
def read_claimed(*, by: Account, case: UUID, evidence: bool, now: datetime) -> Told:
    """For who has claimed the case: words, and with `evidence` also that. Who is tied gets the evidence alone.

    Raises as `access.claimed_case`.
    """
    role, there = access.claimed_case(by=by, case=case, now=now, tied=True)
    return _open(by, role, there, evidence=evidence, words=not is_tied(role=role, case=there), now=now)


@write
def read_to_answer(*, by: Account, decision: UUID, evidence: bool, now: datetime) -> Told:
    """For who answers as another person: a second one, in a review, to an appeal. Raises `NotFound`."""
    role, made = access.decision_to_answer(by=by, decision=decision, at=now)
    return _open(by, role, made.case, evidence=evidence, words=True, now=now)


@write
def read_why_longer(*, by: Account, decision: UUID, now: datetime) -> str:
    """Why somebody asks that a person is told later still; empty if nobody does. Raises as `access.untold`."""
    role, made = access.untold(by=by, decision=decision)
    there = LongerHold.objects.filter(aside=decision, answered_at=None).first()
    if there is None:
        return ""
    why = dataclasses.replace(opening(by, role, made.case, what="words"), ref=made.id)
    sealed = aad("longer", made.id, made.case_id)
    return vault.open_one(owner=made.case_id, opening=why, sealed=bytes(there.why), aad=sealed, now=now).decode()


def _open(by: Account, role: Role, case: Case, *, evidence: bool, words: bool, now: datetime) -> Told:
    told = Told()
    if evidence:
        told.proofs = proofs_of(by=by, role=role, case=case, now=now)
        told.exhibits = exhibits_of(by=by, role=role, case=case, now=now)
    if not words:
        return told
    reports = list(case.reports.order_by("received_at", "id"))
    lines = list(ReportLine.objects.filter(report__case=case).order_by("said_at", "id"))
    notes = list(case.notes.select_related("by").order_by("made_at", "id"))
    facts = list(case.decisions.filter(facts_for_case__isnull=False).order_by("made_at", "id"))
    appeal = list(AppealLine.objects.filter(appeal__decision__case=case).order_by("said_at", "id"))
    talk = list(CareLine.objects.filter(talk__case=case).order_by("said_at", "id"))
    asides = list(
        case.decisions.filter(aside__isnull=False)
        .exclude(aside__said=b"")
        .select_related("aside")
        .order_by("made_at", "id")
    )
    sealed = [
        *((bytes(one.note), aad("note", one.id, case.id)) for one in reports if one.note is not None),
        *((bytes(line.for_case), aad("line", line.report_id, case.id)) for line in lines),
        *((bytes(note.body), aad("case_note", case.id, case.id)) for note in notes),
        *((bytes(made.facts_for_case or b""), aad("facts", made.id, case.id)) for made in facts),
        *((bytes(said.for_case), aad("appeal", said.appeal_id, case.id)) for said in appeal),
        *((bytes(line.for_case), aad("care", line.talk_id, case.id)) for line in talk),
        *((bytes(made.aside.said), aad("aside", made.id, case.id)) for made in asides),
    ]
    if not sealed:
        return told
    why = opening(by, role, case, what="words")
    texts = _texts(vault.open_all(owner=case.id, opening=why, sealed=sealed, now=now))
    told.reports = [(one, next(texts)) for one in reports if one.note is not None]
    told.lines = [(line, next(texts)) for line in lines]
    told.notes = [(note, next(texts)) for note in notes]
    told.facts = [(made, next(texts)) for made in facts]
    told.appeal = [(said, next(texts)) for said in appeal]
    told.talk = [(line, next(texts)) for line in talk]
    told.asides = [(made, orjson.loads(next(texts))) for made in asides]
    return told


def _texts(opened: list[bytes]) -> Iterator[str]:
    return (text.decode() for text in opened)
