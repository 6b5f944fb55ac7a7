"""Somebody who was invited did harm: the inviter's invites rest until a coordinator has talked with them.

Neither side sees the pair: who asks for the pause knows the invited and not the inviter, who reviews it the inviter
and not because of whom. The audit names one of them in each of its two entries.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F

from backend.core.accounts import access, errors
from backend.core.accounts.models import Account, InvitePause, Vouch
from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing import datakeys, seal

PADDED = 4 * 16  # bytes: as long for nobody as for four who invited


@write
def pause_inviter(*, account: Account, by: Account | None, now: datetime) -> bytes:
    """Let the invites of whoever invited this account rest. Says to nobody who it is, or whether there is anybody.

    `by` is None for the operator. What is returned is sealed for the account, for `end_pause` alone.
    """
    key = datakeys.key_of(account.id)
    inviters = {
        UUID(bytes=seal.unseal(key=key, sealed=bytes(vouch.inviter), aad=vouch.inviter_aad))
        for vouch in Vouch.objects.filter(account=account)
        if vouch.inviter is not None
    }
    there = Account.objects.filter(id__in=inviters).order_by("id")
    made = [InvitePause(inviter=inviter, paused_on=now.date(), asked=0) for inviter in there]
    InvitePause.objects.bulk_create(made, ignore_conflicts=True)
    pauses = InvitePause.objects.select_for_update().filter(inviter__in=inviters, reviewed_at=None).order_by("id")
    ids = [pause.id for pause in pauses]
    InvitePause.objects.filter(id__in=ids).update(asked=F("asked") + 1)
    audit(action="inviter.paused", at=now, by=by.id if by else None, subject=account.id)
    return seal.seal(key=key, text=b"".join(pause.bytes for pause in ids).ljust(PADDED, b"\0"), aad=_aad(account))


@write
def end_pause(*, account: Account, sealed: bytes, by: Account | None, now: datetime) -> None:
    """Take back what `pause_inviter` did. Invites that somebody else wishes to rest as well go on to rest.

    `sealed` is what it returned. Without the account's key nobody can tell any more whose they are: they rest on.
    """
    try:
        ids = seal.unseal(key=datakeys.key_of(account.id), sealed=sealed, aad=_aad(account))
    except seal.Unreadable:
        return
    pauses = [UUID(bytes=ids[place : place + 16]) for place in range(0, len(ids), 16)]  # what is padded names nobody
    for there in InvitePause.objects.select_for_update().filter(id__in=pauses, reviewed_at=None).order_by("id"):
        there.asked = max(0, there.asked - 1)
        if not there.asked:
            there.reviewed_at = now
        there.save(update_fields=["asked", "reviewed_at"])
    audit(action="inviter.pause_ended", at=now, by=by.id if by else None, subject=account.id)


@write
def review_pause(*, pause: UUID, by: Account | None, now: datetime) -> None:
    """Let somebody invite again, as another coordinator of their organisation; `by` is None for the operator.

    Again changes nothing. Raises `NotFound`; `Forbidden` for one's own.
    """
    there = access.invite_pause(by=by, pause=pause)
    if by is not None and there.inviter_id == by.id:
        raise errors.ReviewedByOthers
    if there.reviewed_at is None:
        there.reviewed_at = now
        there.save(update_fields=["reviewed_at"])
        audit(action="inviter.reviewed", at=now, by=by.id if by else None, subject=there.inviter_id)


def _aad(account: Account) -> bytes:
    return seal.aad("invite_pause", account.id, "pauses", 1, account.id)
