"""Ends of a referral: taken back, lapsed, over. Each time what was sent goes at once, and then its key pair.

The key lies in another database, so it goes after the commit; the clock does it again for who died in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account, Organisation
from backend.core.db import claim, write
from backend.core.sealing import vault
from backend.core.streams.append import append
from peers.referrals import access, events
from peers.referrals.actions.sending import SHARING
from peers.referrals.models import Referral

BATCH = 100


def withdraw_referral(*, by: Account, referral: UUID, now: datetime) -> Referral:
    """Take it back: nobody else reads it from now on. A second time changes nothing. Raises `NotFound`."""
    there = _withdraw(by=by, referral=referral, now=now)
    vault.destroy_key(there.id)
    Referral.objects.filter(id=there.id, shredded_at=None).update(shredded_at=now)
    return there


@write
def _withdraw(*, by: Account, referral: UUID, now: datetime) -> Referral:
    there = access.referral(by=by, referral=referral, lock=True)
    if there.is_open:
        _end([there], to="withdrawn", now=now)
    return there


@write
def lapse_due(*, now: datetime) -> int:
    """The clock: what nobody has accepted in time is the sender's again; what was accepted can be read no longer."""
    due = Referral.objects.select_related("account").filter(state__in=("waiting", "accepted"), expires_at__lte=now)
    found = claim(due.order_by("expires_at"), limit=BATCH, of=("self",))
    for referral in found:
        _end([referral], to="lapsed" if referral.state == "waiting" else "over", now=now)
    return len(found)


@write
def shred_due(*, now: datetime) -> int:
    """The clock: destroys the key pairs of what has ended."""
    found = claim(Referral.objects.filter(shredded_at=None, ended_at__isnull=False).order_by("ended_at"), limit=BATCH)
    for referral in found:
        vault.destroy_key(referral.id)
        referral.shredded_at = now
        referral.save(update_fields=["shredded_at"])
    return len(found)


def follow_consents(account: Account, held: Collection[str], at: datetime) -> None:
    """Who no longer agrees to sharing takes back all that can still be read."""
    if SHARING not in held:
        _end(_open(account=account), to="withdrawn", now=at)


def follow_organisation(organisation: Organisation, successor: Organisation | None, at: datetime) -> None:
    """The member chose this receiver and no other: what waits comes back, what was accepted can be read no longer."""
    for referral in _open(organisation=organisation):
        _end([referral], to="returned" if referral.state == "waiting" else "over", now=at)


def end_open(*, account: Account, now: datetime) -> None:
    """Take back all that the account has sent and that can still be read; inside the caller's write."""
    _end(_open(account=account), to="withdrawn", now=now)


def _open(**of: object) -> list[Referral]:
    found = Referral.objects.select_related("account").filter(state__in=("waiting", "accepted"), **of)
    return list(found.select_for_update(no_key=True, of=("self",)).order_by("id"))


def _end(referrals: Iterable[Referral], *, to: str, now: datetime) -> None:
    for referral in referrals:
        referral.end(to=to, at=now)
        referral.save(update_fields=["state", "ended_at", "sent"])
        append(stream=referral.account.inbox, kind=events.REFERRAL_CHANGED, ref=referral.id, at=now)
