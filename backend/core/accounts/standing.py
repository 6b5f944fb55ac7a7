"""Who reacts, in the same transaction: to an account locked or unlocked, consents, a role given or ended, a closed
organisation.

Core knows none of them by name. Each listener runs inside the write, before its commit, and may refuse by raising.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account, Organisation, Role

Listener = Callable[[Account, datetime], None]
"""`listener(account, at)`; `account.is_locked` says which way it went."""

RoleGiven = Callable[[Role, datetime], None]
"""`listener(role, at)`; the role is new, its account is locked for the write."""

RoleEnded = Callable[[Role, datetime], None]
"""`listener(role, at)`; the role has ended, its account is locked for the write."""

OrganisationClosed = Callable[[Organisation, Organisation | None, datetime], None]
"""`listener(organisation, successor, at)`; both are locked. No successor: it was never open.

Peer experts stand for the successor already; the roles of its coordinators end after the listeners.
"""

SessionsEnded = Callable[[Sequence[UUID], datetime], None]
"""`listener(sessions, at)`; they belong to one account, which is locked for the write."""

Beside = Callable[[set[UUID]], set[UUID]]
"""Accounts → those that the listeners change too when one of them is locked or loses a role, to be held before."""

ConsentsChanged = Callable[[Account, Collection[str], datetime], None]
"""`listener(account, held, at)`; the account is locked, `held` are the purposes that it agrees to now."""

_listeners: list[Listener] = []
_beside: list[Beside] = []
_role_given: list[RoleGiven] = []
_consents: list[ConsentsChanged] = []
_role_ended: list[RoleEnded] = []
_organisation_closed: list[OrganisationClosed] = []
_sessions_ended: list[SessionsEnded] = []


def register(listener: Listener) -> None:
    """Called once per app at `ready()`."""
    if listener not in _listeners:
        _listeners.append(listener)


def register_role_given(listener: RoleGiven) -> None:
    """Called once per app at `ready()`."""
    if listener not in _role_given:
        _role_given.append(listener)


def register_consents(listener: ConsentsChanged) -> None:
    """Called once per app at `ready()`."""
    if listener not in _consents:
        _consents.append(listener)


def register_role_ended(listener: RoleEnded) -> None:
    """Called once per app at `ready()`."""
    if listener not in _role_ended:
        _role_ended.append(listener)


def register_organisation_closed(listener: OrganisationClosed) -> None:
    """Called once per app at `ready()`."""
    if listener not in _organisation_closed:
        _organisation_closed.append(listener)


def register_sessions_ended(listener: SessionsEnded) -> None:
    """Called once per app at `ready()`."""
    if listener not in _sessions_ended:
        _sessions_ended.append(listener)


def register_beside(beside: Beside) -> None:
    """Called once per app at `ready()`, by whose listeners change what belongs to other accounts."""
    if beside not in _beside:
        _beside.append(beside)


def with_beside(*accounts: UUID) -> set[UUID]:
    """These accounts and all that are beside them."""
    return set(accounts).union(*(beside(set(accounts)) for beside in _beside))


def tell(*, account: Account, at: datetime) -> None:
    """Called by the write that changed `locked_at`."""
    for listener in _listeners:
        listener(account, at)


def tell_role_given(*, role: Role, at: datetime) -> None:
    """Called by the write that gave the role."""
    for listener in _role_given:
        listener(role, at)


def tell_consents(*, account: Account, held: Collection[str], at: datetime) -> None:
    """Called by the write that changed what the account agrees to."""
    for listener in _consents:
        listener(account, held, at)


def tell_role_ended(*, role: Role, at: datetime) -> None:
    """Called by the write that ended the role."""
    for listener in _role_ended:
        listener(role, at)


def tell_organisation_closed(*, organisation: Organisation, successor: Organisation | None, at: datetime) -> None:
    """Called by the write that closes the organisation."""
    for listener in _organisation_closed:
        listener(organisation, successor, at)


def tell_sessions_ended(*, sessions: Sequence[UUID], at: datetime) -> None:
    """Called by the write that ends them."""
    for listener in _sessions_ended:
        listener(sessions, at)
