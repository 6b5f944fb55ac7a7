"""What an authority is told: put together as it takes hold, from what was chosen, sealed, and taken away once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.sealing import vault
from moderation import access, errors, words
from moderation.actions.telling import note_decision
from moderation.models import Aside, Decision
from moderation.queries.cases import Proof, proofs_chosen
from moderation.queries.identity import facts_of, named_in_english
from moderation.queries.people import concerned
from moderation.words import aad


def compose(made: Decision, *, by: Account, now: datetime) -> None:
    """Inside the write in which the disclosure takes hold. Each text is verified against the mark made at its time."""
    role = access.moderator(by=by)
    aside = Aside.objects.select_for_update().get(decision=made)
    person = concerned(made)
    known = facts_of(person) if person is not None else {}
    chosen = [UUID(one) for one in aside.items["evidence"]]
    proofs = proofs_chosen(by=by, role=role, case=made.case, chosen=chosen, ref=made.id, now=now) if chosen else []
    told: dict[str, Any] = {
        "made_at": now.isoformat(),
        "number": str(made.id),
        "person": named_in_english({key: text for key, text in known.items() if key in aside.items["facts"]}),
        "messages": [_message(proof) for proof in proofs],
    }
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
    aside.extract = words.for_case(case=made.case_id, text=text, place="extract", of=made.id)
    aside.save(update_fields=["extract"])


@write
def export(*, by: Account, decision: UUID, now: datetime) -> str:
    """Take it away, once: as JSON. Then it is not here any more. Raises as `access.disclosed`, `NotOpen`."""
    role, made = access.disclosed(by=by, decision=decision, now=now)
    aside = Aside.objects.select_for_update().get(decision=made)
    if aside.extract is None:
        raise errors.NotOpen
    person = concerned(made)
    opening = vault.Opening(
        reason=vault.Reason.CASE,
        by=by.id,
        of=person.id if person is not None else made.case_id,
        what="disclosure",
        ref=made.id,
        role=role.id,
        role_kind=role.kind,
    )
    sealed = [
        (bytes(aside.said), aad("aside", made.id, made.case_id)),
        (bytes(aside.extract), aad("extract", made.id, made.case_id)),
    ]
    said, extract = vault.open_all(owner=made.case_id, opening=opening, sealed=sealed, now=now)
    asked = orjson.loads(said)
    told = {key: asked[key] for key in ("authority", "reference", "basis")} | orjson.loads(extract)
    aside.extract, aside.exported_at, aside.exported_by = None, now, role
    aside.save(update_fields=["extract", "exported_at", "exported_by"])
    note_decision("disclosure.exported", made, by=by, now=now)
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def _message(proof: Proof) -> dict[str, object]:
    row = proof.evidence
    return {
        "number": row.seq,
        "version": row.version,
        "by": row.alias,
        "sent_at": row.sent_at.isoformat(),
        "text": proof.text,
        "unchanged": proof.genuine,
    }
