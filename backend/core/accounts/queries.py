"""Reads about accounts, each with a fixed number of queries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.core.accounts.models import Account, Consent, Region, Role, Session
from backend.core.models import AuditEntry
from backend.core.sealing import vault

STAFF = (Role.Kind.MODERATOR, Role.Kind.COORDINATOR)


def open_session(*, token_hash: bytes, at: datetime) -> Session | None:
    """The session with its account in one query; None when it is ended or its account locked."""
    return open_sessions(at=at).select_related("account").filter(token_hash=token_hash, account__locked_at=None).first()


def open_sessions(*, at: datetime) -> QuerySet[Session]:
    """Every session whose token still signs in."""
    return Session.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


def session_is_open(*, session: UUID, now: datetime) -> bool:
    """Whether the session still signs in, and its account is not locked."""
    return open_sessions(at=now).filter(id=session, account__locked_at=None).exists()


def sessions_of(*, account: Account, at: datetime) -> QuerySet[Session]:
    """The account's open sessions."""
    return open_sessions(at=at).filter(account=account)


def roles_of(*, account: Account) -> list[Role]:
    """The roles that the account has now, each with its organisation."""
    return list(Role.objects.select_related("organisation").filter(account=account, ended_at=None).order_by("kind"))


def is_staff(*, account: Account) -> bool:
    """Whether the account moderates or coordinates: its sessions are in the audit."""
    return Role.objects.filter(account=account, ended_at=None, kind__in=STAFF).exists()


def consents_of(*, account: Account) -> dict[str, Consent]:
    """What the account agrees to now, by purpose."""
    return {there.purpose: there for there in Consent.objects.filter(account=account, withdrawn_at=None)}


def regions() -> QuerySet[Region]:
    """All regions."""
    return Region.objects.all()


def existing_accounts(ids: set[UUID]) -> set[UUID]:
    """Which of the ids are accounts', for the sweep of data keys."""
    return set(Account.objects.filter(id__in=ids).values_list("id", flat=True))


def looks_at(*, account: Account) -> QuerySet[AuditEntry]:
    """When somebody else opened sealed words of the account's."""
    return AuditEntry.objects.filter(subject=account.id, action=vault.OPENED)
