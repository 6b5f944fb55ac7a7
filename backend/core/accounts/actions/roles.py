"""Roles: given and ended by people, each time with an audit entry."""

from __future__ import annotations

from datetime import datetime

from backend.core.accounts import access, errors, events
from backend.core.accounts.models import Account, Organisation, Role
from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.audit import audit
from backend.core.db import write
from backend.core.streams.append import append
from backend.core.text import normalise_line

OF_AN_ORGANISATION = (Role.Kind.PEER_EXPERT, Role.Kind.COORDINATOR)


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

    A peer expert is known by `alias` and `avatar_key`; the other roles have none. Raises `RoleKindUnknown`,
    `RoleGiven`, `OrganisationNeeded`, `AliasNeeded` and what `normalise_line` refuses.
    """
    there = access.account(account=account.id, lock=True)
    if kind not in Role.Kind.values:
        raise errors.RoleKindUnknown
    if kind in OF_AN_ORGANISATION and organisation is None:
        raise errors.OrganisationNeeded
    if kind == Role.Kind.PEER_EXPERT:
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
    append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return role


@write
def end_role(*, account: Account, kind: str, by: Account | None, now: datetime) -> Role:
    """End a role; what the person is as a member stays. Raises `NotFound`."""
    there = access.account(account=account.id, lock=True)
    role = access.role(account=there, kind=kind, lock=True)
    role.ended_at = now
    role.save(update_fields=["ended_at"])
    _audit(action="role.ended", role=role, by=by, now=now)
    append(stream=there.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return role


def _audit(*, action: str, role: Role, by: Account | None, now: datetime) -> None:
    told = {
        "role": str(role.id),
        "kind": str(role.kind),
        "organisation": str(role.organisation_id) if role.organisation_id else None,
    }
    audit(action=action, at=now, by=by.id if by else None, subject=role.account_id, data=told)
