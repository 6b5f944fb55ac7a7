"""Fetch one thing with permission: the sender's own, or one that was sent to the organisation one coordinates."""

from __future__ import annotations

from uuid import UUID

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.errors import NotFound
from peers.referrals.models import Referral


def referral(*, by: Account, referral: UUID, lock: bool = False) -> Referral:
    """One of the caller's own."""
    found = Referral.objects.select_related("organisation").filter(account=by, id=referral)
    there = (found.select_for_update(no_key=True, of=("self",)) if lock else found).first()
    if there is None:
        raise NotFound
    return there


def referral_to(*, role: Role, referral: UUID) -> Referral:
    """One that can be read by who coordinates its receiver; locked, so that it cannot end meanwhile."""
    if role.kind != Role.Kind.COORDINATOR or not Role.objects.filter(id=role.id, ended_at=None).exists():
        raise NotFound
    there = (
        Referral.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account")
        .filter(organisation=role.organisation_id, id=referral)
        .first()
    )
    if there is None or not there.is_open:
        raise NotFound
    return there


def receiver(*, organisation: UUID, lock: bool = False) -> Organisation:
    """An organisation that somebody can turn to."""
    found = Organisation.objects.filter(id=organisation, opened_at__isnull=False, closed_at=None)
    there = (found.select_for_update(no_key=True) if lock else found).first()
    if there is None:
        raise NotFound
    return there
