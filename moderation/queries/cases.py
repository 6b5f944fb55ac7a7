"""Cases as who moderates sees them: the queue, one case, and what is known of the same account elsewhere."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.sealing import seal, vault
from messaging.accepting.batch import TAG
from moderation import access
from moderation.models import Case, Decision, Evidence, Exhibit
from moderation.queries.people import is_tied
from moderation.words import aad

HISTORY = 20  # decisions in this place


def existing_cases(ids: set[UUID]) -> set[UUID]:
    """Which of the ids are cases', for the sweep of keys."""
    return set(Case.objects.filter(id__in=ids).values_list("id", flat=True))


def queue(*, by: Account, language: str | None = None) -> QuerySet[Case]:
    """What waits, the most urgent first. Raises `ModeratorNeeded`."""
    access.moderator(by=by)
    found = Case.objects.exclude(state="decided").select_related("claimed_by", "conversation__group")
    return found.filter(language=language) if language else found


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence as it is looked at. `genuine`: its tag is the one that was made when it was accepted."""

    evidence: Evidence
    text: str | None
    genuine: bool


@write
def look(*, by: Account, case: UUID, now: datetime) -> tuple[Case, list[Proof]]:
    """The evidence of a case that the caller has claimed, opened and verified; the member can see that it was.

    Raises as `claimed_case`.
    """
    role, there = access.claimed_case(by=by, case=case, now=now, tied=True)
    return there, proofs_of(by=by, role=role, case=there, now=now)


def proofs_of(*, by: Account, role: Role, case: Case, now: datetime) -> list[Proof]:
    """The evidence for who may see it, in the caller's write: the one way to open it."""
    rows = list(case.evidence.order_by("seq", "version"))
    sealed = [(bytes(row.body), aad("evidence", row.id, case.id)) for row in rows if row.body is not None]
    why = opening(by, role, case, what="evidence")
    texts = iter(vault.open_all(owner=case.id, opening=why, sealed=sealed, now=now))
    return [_proof(row, next(texts).decode() if row.body is not None else None) for row in rows]


def proofs_chosen(
    *, by: Account, role: Role, case: Case, chosen: Sequence[UUID], ref: UUID, now: datetime
) -> list[Proof]:
    """As `proofs_of`, only these; `ref` is the decision in which they are told to an authority."""
    rows = list(case.evidence.filter(id__in=chosen).order_by("seq", "version"))
    sealed = [(bytes(row.body), aad("evidence", row.id, case.id)) for row in rows if row.body is not None]
    why = dataclasses.replace(opening(by, role, case, what="disclosure"), ref=ref)
    texts = iter(vault.open_all(owner=case.id, opening=why, sealed=sealed, now=now))
    return [_proof(row, next(texts).decode() if row.body is not None else None) for row in rows]


def exhibits_of(*, by: Account, role: Role, case: Case, now: datetime) -> list[tuple[Exhibit, str]]:
    """What an entry, or somebody as a peer expert, showed when it was reported, the newest first."""
    rows = list(case.exhibits.order_by("-taken_at", "id"))
    if not rows:
        return []
    sealed = [(bytes(row.body), aad("exhibit", row.id, case.id)) for row in rows]
    texts = vault.open_all(owner=case.id, opening=opening(by, role, case, what="evidence"), sealed=sealed, now=now)
    return [(row, text.decode()) for row, text in zip(rows, texts, strict=True)]


def opening(by: Account, role: Role, case: Case, *, what: str) -> vault.Opening:
    """Why something sealed to a case is opened; the person concerned can see it."""
    return vault.Opening(
        reason=vault.Reason.CASE,
        by=by.id,
        of=case.subject_id or case.id,
        what=what,
        ref=case.id,
        role=role.id,
        role_kind=role.kind,
    )


def _proof(row: Evidence, text: str | None) -> Proof:
    parts = (row.conversation_id.bytes, row.membership_id.bytes, row.client_id.bytes, (text or "").encode())
    genuine = text is not None and seal.tag_matches(purpose=TAG, parts=parts, tag=bytes(row.tag))
    return Proof(evidence=row, text=text, genuine=genuine)


def decisions_here(*, case: Case) -> list[Decision]:
    """Earlier decisions about the same person in the same place, or about the same entry, the newest first."""
    found = Decision.objects.filter(aside=None, case__conversation=case.conversation_id, in_force_at__isnull=False)
    if case.entry is not None:
        found = found.filter(case__entry=case.entry)
    elif case.subject_id is not None:
        found = found.filter(case__subject=case.subject_id)
    elif case.membership_id is not None:
        found = found.filter(case__membership=case.membership_id)
    else:
        return []
    return list(found.exclude(case=case).prefetch_related("measures").order_by("-in_force_at")[:HISTORY])


def decisions_elsewhere(*, case: Case) -> dict[str, int]:
    """Earlier decisions about the same account in other places: how many by rule; neither where nor by what name."""
    found = Decision.objects.filter(subject=case.subject_id, state="in_force").exclude(rule="")
    here = Q(case__conversation=case.conversation_id)  # or in none: as a peer expert
    found = found.filter(~here)
    return dict(Counter(found.values_list("rule", flat=True))) if case.subject_id is not None else {}


def may_handle(*, role: Role, case: Case) -> bool:
    """Whether nothing ties them."""
    return not is_tied(role=role, case=case)


def case_shown(there: Case, *, at: datetime) -> dict[str, Any]:
    """A case in the queue; nothing of what was said, and nothing of who reported."""
    holder = there.holder(at=at)
    return {
        "id": there.id,
        "kind": there.kind,
        "reason": there.reason,
        "priority": there.priority,
        "language": there.language,
        "state": there.state,
        "opened_at": there.opened_at,
        "due_at": there.due_at,
        "overdue": there.due_at <= at,
        "claimed_by": holder.id if holder else None,
        "claimed_until": there.claimed_until if holder else None,
    }
