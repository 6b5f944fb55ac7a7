"""What is erased of referrals: taken back, their keys destroyed, then the rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part
from backend.core.sealing import vault
from peers.referrals.actions.ending import end_open
from peers.referrals.models import Referral


def stop(account: Account, at: datetime) -> None:
    """The receiver reads nothing of it from now on."""
    end_open(account=account, now=at)


def clear(account: UUID, at: datetime) -> None:
    """Keys first, in their own database: what a crash leaves behind cannot be read."""
    there = Account.objects.filter(id=account).first()
    if there is None:
        return
    _stop_again(there, at)
    for referral in Referral.objects.filter(account=account).values_list("id", flat=True):
        vault.destroy_key(referral)
    _drop(account)


@write
def _stop_again(account: Account, at: datetime) -> None:
    end_open(account=account, now=at)


@write
def _drop(account: UUID) -> None:
    Referral.objects.filter(account=account, sent=None).delete()


def last(account: UUID, at: datetime) -> None:
    """What they have answered for an organisation is the organisation's."""
    Referral.objects.filter(answered_by__account=account).update(answered_by=None)


PART = Part(name="referrals", order=30, models={"Referral": WITH_ACCOUNT}, stop=stop, clear=clear, last=last)
