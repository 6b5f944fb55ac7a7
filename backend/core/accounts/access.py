"""Fetch one thing with permission; what is not the caller's is `not_found`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from backend.core.accounts import queries, standing
from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account, Invite, InvitePause, Organisation, Recovery, Role, Session
from backend.core.errors import NotFound


def account(*, account: UUID, lock: bool = False) -> Account:
    """An account by its id, for who operates the system and for the account's own writes; not one that is erased."""
    found = Account.objects.select_for_update(no_key=True) if lock else Account.objects.all()
    there = found.filter(id=account).first()
    if there is None or there.erased_at is not None:
        raise NotFound
    return there


def account_with_beside(*, account: UUID) -> Account:
    """An account, locked with all that its standing touches: see `standing.register_beside`."""
    there = hold_all(lambda: standing.with_beside(account)).get(account)
    if there is None:
        raise NotFound
    return there


def session(*, by: Account, session: UUID, lock: bool = False) -> Session:
    """One of the caller's own sessions, open or ended."""
    found = Session.objects.select_for_update(no_key=True) if lock else Session.objects.all()
    there = found.filter(account=by, id=session).first()
    if there is None:
        raise NotFound
    return there


def role(*, account: Account, kind: str, lock: bool = False) -> Role:
    """A role that the account has now."""
    found = Role.objects.select_for_update(no_key=True) if lock else Role.objects.all()
    there = found.filter(account=account, kind=kind, ended_at=None).first()
    if there is None:
        raise NotFound
    return there


def role_by_id(*, role: UUID, lock: bool = False) -> Role:
    """A role by its id, running or ended, for who operates the system and for writes that were given a role."""
    found = Role.objects.select_for_update(no_key=True) if lock else Role.objects.all()
    there = found.filter(id=role).first()
    if there is None:
        raise NotFound
    return there


def organisations(*, ids: Iterable[UUID]) -> dict[UUID, Organisation]:
    """Organisations by their ids, locked in that order, for a write."""
    found = Organisation.objects.select_for_update(no_key=True).filter(id__in=list(ids)).order_by("id")
    return {there.id: there for there in found}


def invite(*, by: Account, invite: UUID, lock: bool = False) -> Invite:
    """One of the caller's own invites."""
    found = Invite.objects.select_for_update(no_key=True) if lock else Invite.objects.all()
    there = found.filter(inviter=by, id=invite).first()
    if there is None:
        raise NotFound
    return there


def invite_pause(*, by: Account | None, pause: UUID) -> InvitePause:
    """A pause of somebody at the organisation that the caller coordinates, locked; any for the operator (None)."""
    found = InvitePause.objects.select_for_update(no_key=True).filter(id=pause)
    if by is not None:
        found = found.filter(inviter__in=queries.inviters_at(coordinator=by))
    there = found.first()
    if there is None:
        raise NotFound
    return there


def recovery(*, number: str, secret_hash: bytes, lock: bool = False) -> Recovery:
    """The recovery of this number, for who holds its secret."""
    found = Recovery.objects.select_for_update(no_key=True) if lock else Recovery.objects.all()
    there = found.filter(number=number, secret_hash=secret_hash).first()
    if there is None:
        raise NotFound
    return there


def organisation(*, name: str) -> Organisation:
    """An organisation by its name, for who operates the system."""
    there = Organisation.objects.filter(name=name).first()
    if there is None:
        raise NotFound
    return there
