"""Roles: given and ended by people, each time with an audit entry."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts import access, errors, events, standing
from backend.core.accounts.actions.coordinators import follow
from backend.core.accounts.models import Account, Organisation, Role
from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.audit import audit
from backend.core.db import write
from backend.core.streams.append import append
from backend.core.text import normalise_line

OF_AN_ORGANISATION = (Role.Kind.PEER_EXPERT, Role.Kind.COORDINATOR)  # and known by an alias and an avatar


@write
def give_role(
    *,
    account: Account,
    kind: str,
    organisation: Organisation | None = None,
    alias: str = "",
    avatar_key: str = "",
    by: Account | None,
    now: datetime,
) -> Role:
    """Give a role on top of being a member; `by` is None for the operator.

    Peer experts and coordinators are known by `alias` and `avatar_key`; the other roles have none.
    Raises `RoleKindUnknown`, `RoleGiven`, `OrganisationNeeded`, `OrganisationClosed`, `AliasNeeded` and what
    `normalise_line` refuses.
    """
    there = access.account(account=account.id, lock=True)
    if kind not in Role.Kind.values:
        raise errors.RoleKindUnknown
    if kind in OF_AN_ORGANISATION:
        if organisation is None:
            raise errors.OrganisationNeeded
        if access.organisations(ids=[organisation.id])[organisation.id].closed_at is not None:
            raise errors.OrganisationClosed
        if not alias or avatar_key not in AVATAR_KEYS:
            raise errors.AliasNeeded
        alias = normalise_line(text=alias, limit=MAX_ALIAS)
    elif alias or avatar_key:
        raise errors.AliasNotWanted
    if Role.objects.filter(account=there, kind=kind, ended_at=None).exists():
        raise errors.RoleGiven
    role = Role.objects.create(
        account=there, kind=kind, organisation=organisation, alias=alias, avatar_key=avatar_key, given_at=now
    )
    _audit(action="role.given", role=role, by=by, now=now)
    standing.tell_role_given(role=role, at=now)
    append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return role


@write
def end_role(*, account: Account, kind: str, instead: Role | None = None, by: Account | None, now: datetime) -> Role:
    """End a role; what the person is as a member stays.

    Who is coordinator or deputy of an active organisation is followed by `instead`, another coordinator of it.
    Raises `NotFound`, `CoordinatorNeeded`, `CoordinatorsUnfit` and whatever a listener refuses with.
    """
    there = access.account_with_beside(account=account.id)
    role = access.role(account=there, kind=kind)
    locked = access.organisations(ids=[role.organisation_id] if role.organisation_id else [])
    role = access.role(account=there, kind=kind, lock=True)
    for organisation in locked.values():
        if organisation.is_active and role.id in (organisation.coordinator_id, organisation.deputy_id):
            follow(organisation=organisation, role=role, instead=instead, by=by, now=now)
    role.ended_at = now
    role.save(update_fields=["ended_at"])
    _audit(action="role.ended", role=role, by=by, now=now)
    standing.tell_role_ended(role=role, at=now)
    append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return role


@write
def restore_role(*, role: UUID, by: Account | None, now: datetime) -> bool:
    """Take back the end of a role: the same id, with all that hangs on it and was kept; → whether it could be.

    Not where it runs, the person has another of that kind by now, or its organisation is closed.
    """
    found = Role.objects.get(id=role)
    there = access.account(account=found.account_id, lock=True)
    organisations = access.organisations(ids=[found.organisation_id] if found.organisation_id else [])
    found = Role.objects.select_for_update(no_key=True).get(id=role)
    again = Role.objects.filter(account=there, kind=found.kind, ended_at=None).exists()
    if again or any(organisation.closed_at is not None for organisation in organisations.values()):
        return False
    found.ended_at = None
    found.save(update_fields=["ended_at"])
    _audit(action="role.restored", role=found, by=by, now=now)
    append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return True


def _audit(*, action: str, role: Role, by: Account | None, now: datetime) -> None:
    told = {
        "role": str(role.id),
        "kind": str(role.kind),
        "organisation": str(role.organisation_id) if role.organisation_id else None,
    }
    audit(action=action, at=now, by=by.id if by else None, subject=role.account_id, data=told)
