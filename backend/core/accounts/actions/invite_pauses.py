"""Somebody who was invited did harm: the inviter's invites rest until a coordinator has talked with them.

Neither side sees the pair: who asks for the pause knows the invited and not the inviter, who reviews it the inviter
and not because of whom. The audit names one of them in each of its two entries.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts import access, errors
from backend.core.accounts.models import Account, InvitePause, Vouch
from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing import datakeys, seal


@write
def pause_inviter(*, account: Account, by: Account | None, now: datetime) -> None:
    """Let the invites of whoever invited this account rest. Says to nobody who it is, or whether there is anybody.

    `by` is None for the operator.
    """
    key = datakeys.key_of(account.id)
    inviters = {
        UUID(bytes=seal.unseal(key=key, sealed=bytes(vouch.inviter), aad=vouch.inviter_aad))
        for vouch in Vouch.objects.filter(account=account)
        if vouch.inviter is not None
    }
    there = Account.objects.select_for_update(no_key=True).filter(id__in=inviters).order_by("id")
    InvitePause.objects.bulk_create(
        [InvitePause(inviter=inviter, paused_on=now.date()) for inviter in there], ignore_conflicts=True
    )
    audit(action="inviter.paused", at=now, by=by.id if by else None, subject=account.id)


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
