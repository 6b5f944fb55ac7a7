"""Reads about accounts, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from backend.core.accounts import looks
from backend.core.accounts.models import (
    Account,
    Confirmation,
    Consent,
    Duty,
    Invite,
    InvitePause,
    Organisation,
    Recovery,
    RecoveryHelper,
    Region,
    Role,
    Session,
    Vouch,
)
from backend.core.models import AuditEntry
from backend.core.sealing import vault

REGIONS_EXPECTED = 18  # of the scheme; those that no public source names are not guessed
STAFF = (Role.Kind.MODERATOR, Role.Kind.COORDINATOR, Role.Kind.SECOND_APPROVER, Role.Kind.AUDITOR)


def open_session(*, token_hash: bytes, at: datetime, suspended: bool = False) -> Session | None:
    """The session with its account in one query; None when it is ended or its account locked.

    `suspended`: also that of an account that a decision has suspended.
    """
    allowed = Q(account__locked_at=None)
    if suspended:
        allowed |= Q(account__suspended_at__isnull=False)
    return open_sessions(at=at).select_related("account").filter(allowed, token_hash=token_hash).first()


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


def open_invites(*, account: Account, at: datetime) -> QuerySet[Invite]:
    """The account's invites that somebody could still use."""
    return Invite.objects.filter(inviter=account, used_on=None, withdrawn_at=None, expires_at__gt=at)


def invites_of(*, account: Account) -> QuerySet[Invite]:
    """All of the account's invites that are remembered."""
    return Invite.objects.filter(inviter=account)


def invites_are_paused(*, account: Account) -> bool:
    """Whether nobody comes in by the account's invites until somebody has talked with it."""
    return InvitePause.objects.filter(inviter=account, reviewed_at=None).exists()


def inviters_at(*, coordinator: Account) -> QuerySet[Role, tuple[UUID]]:
    """The accounts that have a role at the organisation which the account coordinates, as a subquery."""
    own = Role.objects.filter(account=coordinator, kind=Role.Kind.COORDINATOR, ended_at=None)
    return Role.objects.filter(organisation__in=own.values("organisation"), ended_at=None).values_list("account")


def open_pauses(*, coordinator: Account) -> QuerySet[InvitePause]:
    """Whose invites rest, at the organisation that the account coordinates, but for its own."""
    return InvitePause.objects.filter(reviewed_at=None, inviter__in=inviters_at(coordinator=coordinator)).exclude(
        inviter=coordinator
    )


def invited_accounts(ids: Iterable[UUID]) -> set[UUID]:
    """Which of the accounts came by an invite, whoever's it was."""
    return set(Vouch.objects.filter(account__in=list(ids)).values_list("account_id", flat=True))


def helping_roles() -> QuerySet[Role]:
    """The running roles in which somebody may be a helper."""
    return Role.objects.filter(ended_at=None, kind__in=(Role.Kind.PEER_EXPERT, Role.Kind.COORDINATOR))


def helpers_of(*, account: Account) -> list[RecoveryHelper]:
    """Whom the account has named, each with their role."""
    return list(RecoveryHelper.objects.select_related("role").filter(account=account).order_by("role__alias", "id"))


def recoveries_of(*, account: Account) -> QuerySet[Recovery]:
    """What runs for the account: at least one helper has confirmed it."""
    own = Confirmation.objects.filter(recovery=OuterRef("id"), helper__account=account)
    return Recovery.objects.filter(Exists(own), state__in=("asked", "waiting"))


def confirmed(*, recovery: Recovery, account: Account | None = None) -> int:
    """How many people have confirmed it who still count; for one account, or for the one that most did."""
    counted = Confirmation.objects.filter(recovery=recovery, helper__role__ended_at=None)
    if account is not None:
        counted = counted.filter(helper__account=account)
    people = counted.values("helper__account").annotate(people=Count("helper__role__account", distinct=True))
    return max(people.values_list("people", flat=True), default=0)


def has_consent(*, account: Account, purpose: str) -> bool:
    """Whether the account agrees to this now."""
    return Consent.objects.filter(account=account, purpose=purpose, withdrawn_at=None).exists()


def regions() -> QuerySet[Region]:
    """All regions."""
    return Region.objects.all()


def count_regions() -> int:
    """How many regions are known."""
    return Region.objects.count()


def existing_accounts(ids: set[UUID]) -> set[UUID]:
    """Which of the ids are accounts', for the sweep of data keys."""
    return set(Account.objects.filter(id__in=ids).values_list("id", flat=True))


def looks_at(*, account: Account) -> QuerySet[AuditEntry]:
    """When somebody else opened sealed words of the account's, but for what it is not told yet."""
    rows = AuditEntry.objects.filter(subject=account.id, action=vault.OPENED)
    held = looks.held_back()
    return rows.exclude(data__ref__in=held, data__has_key="ref") if held else rows


def duty_roles(*, organisation: Organisation) -> QuerySet[Role]:
    """Who of an organisation can be on duty: who moderates, for cases; who coordinates, for whom they are beside."""
    kinds = (Role.Kind.COORDINATOR, Role.Kind.MODERATOR)
    return Role.objects.filter(organisation=organisation, kind__in=kinds, ended_at=None).order_by("kind", "alias", "id")


def duties_of(*, organisation: Organisation, at: datetime) -> QuerySet[Duty]:
    """An organisation's duties that are not over, the next first."""
    rows = Duty.objects.select_related("role", "reserve").filter(organisation=organisation, ends_at__gt=at)
    return rows.order_by("begins_at", "id")


def on_duty(
    *, at: datetime, organisation: Organisation | None = None, kinds: Collection[str] | None = None
) -> QuerySet[Duty]:
    """Who is on duty at a moment, each with their reserve: of one organisation, or of all of them; in these roles."""
    rows = Duty.objects.select_related("role__account", "reserve__account", "organisation")
    if kinds is not None:
        rows = rows.filter(role__kind__in=kinds)
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    return rows.filter(begins_at__lte=at, ends_at__gt=at, organisation__closed_at=None).order_by("organisation", "id")


def next_duties(*, roles: Collection[UUID], at: datetime) -> dict[UUID, tuple[datetime, datetime]]:
    """Role → its duty at a moment, or its next one, as (begins, ends); who is on no roster is left out."""
    rows = Duty.objects.filter(role__in=roles, ends_at__gt=at, organisation__closed_at=None)
    found = rows.order_by("role", "begins_at").distinct("role").values_list("role", "begins_at", "ends_at")
    return {role: (begins, ends) for role, begins, ends in found}


def active_organisations() -> QuerySet[Organisation]:
    """Those that somebody can turn to, by name."""
    return Organisation.objects.filter(opened_at__isnull=False, closed_at=None).order_by("name")


def coordinators_of(*, organisation: Organisation) -> QuerySet[Role]:
    """Who coordinates an organisation now."""
    running = Role.objects.filter(organisation=organisation, kind=Role.Kind.COORDINATOR, ended_at=None)
    return running.order_by("alias", "id")
