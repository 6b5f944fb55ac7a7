"""An organisation reads what was sent to it, names a person and a first date, or gives it back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import orjson

from backend.core.accounts.models import Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing import datakeys, seal, vault
from backend.core.sealing.vault import Opening, Reason
from backend.core.streams.append import append
from backend.core.text import normalise_line
from peers.referrals import access, errors, events
from peers.referrals.models import Referral
from peers.referrals.queries import Lines, person_place, sent_place

MAX_PERSON = 80  # characters


@write
def open_referral(*, role: Role, referral: UUID, now: datetime) -> tuple[Referral, Lines]:
    """What the member sent, for a coordinator of the receiver; each look is an entry that the member sees.

    Raises `NotFound`: not sent there, or taken back, lapsed, over.
    """
    there = access.referral_to(role=role, referral=referral)
    opening = Opening(
        reason=Reason.SHARE,
        by=role.account_id,
        of=there.account_id,
        what="referral",
        ref=there.id,
        role=role.id,
        role_kind=role.kind,
    )
    sealed = bytes(there.sent or b"")
    text = vault.open_one(owner=there.id, opening=opening, sealed=sealed, aad=sent_place(there), now=now)
    return there, orjson.loads(text)


@write
def accept_referral(*, role: Role, referral: UUID, person: str, first_on: date, now: datetime) -> Referral:
    """Take it on: `person` is who will be there, as the member may call them, `first_on` the first date.

    Raises `NotFound`, `Conflict` (accepted before), `DatePast` and what the name's form refuses.
    """
    there = access.referral_to(role=role, referral=referral)
    if first_on < now.date():
        raise errors.DatePast
    named = normalise_line(text=person, limit=MAX_PERSON)
    key = datakeys.key_of(there.account_id)
    sealed = seal.seal(key=key, text=named.encode(), aad=person_place(there))
    there.accept(role=role, person=sealed, first_on=first_on, at=now)
    there.save(update_fields=["state", "answered_by", "answered_at", "person", "first_on"])
    _tell(there, "referral.accepted", role=role, now=now)
    return there


@write
def return_referral(*, role: Role, referral: UUID, now: datetime) -> Referral:
    """Say that nobody there can take it on: it is the sender's again, and cannot be read there any more.

    Raises `NotFound`, `Conflict` (accepted before).
    """
    there = access.referral_to(role=role, referral=referral)
    there.answered_by, there.answered_at = role, now
    there.end(to="returned", at=now)
    there.save(update_fields=["state", "answered_by", "answered_at", "ended_at", "sent"])
    _tell(there, "referral.returned", role=role, now=now)
    return there


def _tell(referral: Referral, action: str, *, role: Role, now: datetime) -> None:
    told = {"referral": str(referral.id), "role": str(role.id), "organisation": str(referral.organisation_id)}
    audit(action=action, at=now, by=role.account_id, subject=referral.account_id, data=told)
    append(stream=referral.account.inbox, kind=events.REFERRAL_CHANGED, ref=referral.id, at=now)
