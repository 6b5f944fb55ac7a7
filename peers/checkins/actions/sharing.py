"""What a member shows of an answer or of the safety plan: to one person, until a time, revocable at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account, Role
from backend.core.accounts.queries import has_consent
from backend.core.db import claim, write
from backend.core.errors import NotFound
from backend.core.sealing import vault
from backend.core.sealing.vault import Opening, Reason
from backend.core.streams.append import append
from peers.checkins import access, errors, events
from peers.checkins.models import Checkin, SafetyPlan, Share
from peers.checkins.questions import OVERALL
from peers.contacts.queries import contacts_of

SAFETY_PLAN = "safety_plan"
USUAL, LONGEST = timedelta(days=30), timedelta(days=366)
BATCH = 200


@write
def share_answer(
    *, by: Account, checkin: UUID | None, item: str, to: UUID, expires_in: timedelta = USUAL, now: datetime
) -> Share:
    """Show one answer (`overall` or a life domain), or the safety plan (`checkin` None), to somebody beside the member.

    The same again gets another end. Raises `NotFound` (check-in, answer, person), `SharingConsentNeeded`.
    """
    account = accounts.account(account=by.id, lock=True)
    there = access.checkin(by=by, checkin=checkin) if checkin else None  # first: a stranger's is not there
    if not has_consent(account=by, purpose="sharing"):
        raise errors.SharingConsentNeeded
    if there is None:
        if item != SAFETY_PLAN or not SafetyPlan.objects.filter(account=by).exists():
            raise NotFound
    elif there.sealed is None or item not in (OVERALL, *there.domains):
        raise NotFound
    holder = next((one.holder for one in contacts_of(member=account) if one.holder_id == to), None)
    if holder is None:
        raise NotFound
    expires_at = now + min(expires_in, LONGEST)
    share = Share.objects.filter(account=by, checkin=there, item=item, to=holder, ended_at=None).first()
    if share is None:
        share = Share.objects.create(
            account=account, checkin=there, item=item, to=holder, shared_at=now, expires_at=expires_at
        )
    else:
        share.expires_at = expires_at
        share.save(update_fields=["expires_at"])
    _tell(share, holder, account, now=now)
    return share


@write
def revoke_share(*, by: Account, share: UUID, now: datetime) -> None:
    """Take it back: from now on nobody reads it. A second time changes nothing. Raises `NotFound`."""
    there = access.own_share(by=by, share=share)
    if there.ended_at is None:
        _end(there, now=now)


@write
def read_share(*, by: Account, share: UUID, now: datetime) -> tuple[Share, Any]:
    """What was shared, for who it is shared with; each look is an entry that the member sees.

    Raises `NotFound`: not theirs, revoked, over, or the member no longer has them beside.
    """
    there = access.share_with(by=by, share=share, at=now)
    opening = Opening(
        reason=Reason.SHARE,
        by=by.id,
        of=there.account_id,
        what="answer" if there.checkin_id else SAFETY_PLAN,
        ref=there.id,
        role=there.to_id,
        role_kind=there.to.kind,
    )
    row: Checkin | SafetyPlan | None = there.checkin or SafetyPlan.objects.filter(account=there.account_id).first()
    if row is None or row.sealed is None:
        raise NotFound
    sealed = bytes(row.sealed)
    told = orjson.loads(vault.open_one(owner=there.account_id, opening=opening, sealed=sealed, aad=row.aad, now=now))
    return there, (told if there.checkin is None else told["answers"].get(there.item))


@write
def end_due_shares(*, now: datetime) -> int:
    """The clock: what was shared until now is shared no longer."""
    due = Share.objects.select_related("account", "to__account").filter(ended_at=None, expires_at__lte=now)
    found = claim(due.order_by("expires_at"), limit=BATCH, of=("self",))
    for share in found:
        _end(share, now=now)
    return len(found)


def end_shares(*, account: Account, now: datetime, role: Role | None = None) -> None:
    """End all that the member shares, or all that they share with one person."""
    found = Share.objects.select_related("account", "to__account").filter(account=account, ended_at=None)
    if role is not None:
        found = found.filter(to=role)
    for share in found.select_for_update(of=("self",)).order_by("id"):
        _end(share, now=now)


def follow_role_end(role: Role, at: datetime) -> None:
    """Nothing is shared with a role that somebody no longer has."""
    found = Share.objects.select_related("account", "to__account").filter(to=role, ended_at=None)
    for share in found.select_for_update(of=("self",)).order_by("id"):
        _end(share, now=at)


def _end(share: Share, *, now: datetime) -> None:
    share.ended_at = now
    share.save(update_fields=["ended_at"])
    _tell(share, share.to, share.account, now=now)


def _tell(share: Share, holder: Role, account: Account, *, now: datetime) -> None:
    for inbox in {account.inbox, holder.account.inbox}:
        append(stream=inbox, kind=events.SHARE_CHANGED, ref=share.id, at=now)
