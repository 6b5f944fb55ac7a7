"""Fetch one thing with permission: a peer expert's own, or that of an organisation which looks after them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account, Role
from backend.core.errors import NotFound
from peers.experts.models import Expert, Vetting


def own_expert(*, by: Account, lock: bool = False) -> Expert:
    """What the caller is as a peer expert. Everybody else gets `NotFound`."""
    return _one(Q(role__account=by), lock=lock)


def coordinator(*, by: Account) -> Role:
    """The role in which the caller coordinates an organisation now."""
    return accounts.role(account=by, kind=Role.Kind.COORDINATOR)


def led_expert(*, by: Account, peer: UUID, lock: bool = False) -> Expert:
    """A peer expert of the organisation that the caller coordinates; `peer` is the id they are known by."""
    return _one(Q(role=peer, role__organisation=coordinator(by=by).organisation_id), lock=lock)


def vetting(*, by: Account, vetting: UUID) -> Vetting:
    """A running or past vetting, for coordinators of the peer expert's organisation and of the partner."""
    mine = coordinator(by=by).organisation_id
    found = Vetting.objects.select_related("expert__role", "checklist")
    there = found.filter(Q(expert__role__organisation=mine) | Q(partner=mine), id=vetting).first()
    if there is None:
        raise NotFound
    return there


def _one(which: Q, *, lock: bool) -> Expert:
    found = Expert.objects.select_related("role__organisation", "region")
    if lock:
        found = found.select_for_update(no_key=True, of=("self",))
    there = found.filter(which, role__kind=Role.Kind.PEER_EXPERT, role__ended_at=None).first()
    if there is None:
        raise NotFound
    return there
