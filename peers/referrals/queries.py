"""Reads of referrals, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.sealing import datakeys, seal, vault
from peers.referrals.models import Referral

Lines = list[dict[str, Any]]


def referrals_of(*, account: Account) -> QuerySet[Referral]:
    """All that the member has sent, unordered."""
    return Referral.objects.select_related("organisation").filter(account=account)


def open_referrals_to(*, role: Role) -> QuerySet[Referral]:
    """What waits for a coordinator's organisation or was accepted by it, the oldest first. Nothing of who sent it."""
    found = Referral.objects.filter(organisation=role.organisation_id, state__in=("waiting", "accepted"))
    return found.only("id", "state", "sent_at", "expires_at", "first_on").order_by("sent_at", "id")


def receivers() -> QuerySet[Organisation]:
    """The organisations that one can turn to, unordered."""
    return Organisation.objects.filter(opened_at__isnull=False, closed_at=None).prefetch_related("regions")


def read_kept(referrals: Sequence[Referral], *, by: Account, now: datetime) -> list[Lines]:
    """What the member sent in each. Raises `ValueError` for those of anybody else."""
    if any(referral.account_id != by.id for referral in referrals):
        raise ValueError("not one's own")
    opened = vault.open_own(account=by.id, sealed=[(bytes(one.kept), kept_place(one)) for one in referrals], now=now)
    return [orjson.loads(text) for text in opened]


def person_of(referral: Referral) -> str | None:
    """Whom the organisation has named."""
    if referral.person is None:
        return None
    key = datakeys.key_of(referral.account_id)
    return seal.unseal(key=key, sealed=bytes(referral.person), aad=person_place(referral)).decode()


def existing_referrals(ids: set[UUID]) -> set[UUID]:
    """Which of the ids are referrals', for the sweep of keys."""
    return set(Referral.objects.filter(id__in=ids).values_list("id", flat=True))


def sent_place(referral: Referral) -> bytes:
    """Where what the receiver reads belongs."""
    return seal.aad("referral", referral.id, "sent", 1, referral.organisation_id)


def kept_place(referral: Referral) -> bytes:
    """Where the member's own copy belongs."""
    return seal.aad("referral", referral.id, "kept", 1, referral.account_id)


def person_place(referral: Referral) -> bytes:
    """Where the named person belongs."""
    return seal.aad("referral", referral.id, "person", 1, referral.account_id)
