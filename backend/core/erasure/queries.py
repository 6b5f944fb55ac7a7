"""Reads about erasures."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Min

from backend.core.accounts.models import Account, Role
from backend.core.erasure.models import Erasure, Piece


def erasure_of(*, account: UUID) -> Erasure | None:
    """What was asked for, begun or done."""
    return Erasure.objects.filter(account=account).first()


def next_piece_at(*, account: UUID) -> datetime | None:
    """When the first of what others still see goes."""
    found: datetime | None = Piece.objects.filter(erasure=account).aggregate(at=Min("due_at"))["at"]
    return found


def running_roles(*, account: Account) -> list[Role]:
    """The account's roles, the coordinator's last: who is beside somebody by another role is followed first."""
    found = Role.objects.select_related("organisation").filter(account=account, ended_at=None)
    return sorted(found, key=lambda role: (role.kind == Role.Kind.COORDINATOR, role.kind))


def follower_of(role: Role) -> Role | None:
    """Who follows a coordinator or deputy: another one of the organisation, the longest there; None if nobody can."""
    there = role.organisation
    if there is None or not there.is_active or role.id not in (there.coordinator_id, there.deputy_id):
        return None
    others = Role.objects.filter(
        organisation=there, kind=Role.Kind.COORDINATOR, ended_at=None, account__locked_at=None
    ).exclude(id__in=[there.coordinator_id, there.deputy_id])
    return others.exclude(account=role.account_id).order_by("given_at", "id").first()
