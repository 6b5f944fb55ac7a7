"""Who moderates, and who is tied to whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.core.accounts.models import Role
from backend.core.accounts.queries import STAFF
from messaging.models import Membership
from moderation.models import Case, Declined, ReportSource
from moderation.sources import hashes_of
from peers.contacts.models import Contact

MODERATING = (Role.Kind.MODERATOR, Role.Kind.SECOND_APPROVER)


def moderators() -> QuerySet[Role]:
    """Everybody who moderates now."""
    return Role.objects.filter(kind__in=MODERATING, ended_at=None, account__locked_at=None)


def is_colleague(*, role: Role, case: Case) -> bool:
    """Whether the case is about somebody of the staff of an organisation to which the handler belongs, in any role."""
    return Role.objects.filter(
        account=case.subject_id,
        kind__in=STAFF,
        ended_at=None,
        organisation__in=_organisations(role.account_id),
    ).exists()


def _organisations(account: UUID) -> QuerySet[Any]:
    held = Role.objects.filter(account=account, ended_at=None, organisation__isnull=False)
    return held.values("organisation")


def is_tied(*, role: Role, case: Case) -> bool:
    """Whether somebody may not handle a case.

    They are concerned, belong or belonged to the place, are contact person or member of who is concerned, are of one
    organisation with who is concerned and is of the staff, or have reported it.
    """
    account = role.account_id
    if case.subject_id is not None:
        if case.subject_id == account:
            return True
        beside = Q(member=account, holder__account=case.subject_id) | Q(member=case.subject_id, holder__account=account)
        if Contact.objects.filter(beside).exists() or is_colleague(role=role, case=case):
            return True
    if Membership.objects.filter(conversation=case.conversation_id, account=account).exists():
        return True
    return ReportSource.objects.filter(report__case=case, account_hash__in=hashes_of(account)).exists()


def untied(rows: QuerySet[Any], *, role: Role, case: str = "") -> QuerySet[Any]:
    """Those rows whose case nothing ties them to, and of no kind that they do not want.

    `case` is the path to the case, empty for cases themselves.
    """
    account, place = role.account_id, f"{case}__" if case else ""
    subject = OuterRef(f"{place}subject")
    ties = (
        Membership.objects.filter(account=account, conversation=OuterRef(f"{place}conversation")),
        Contact.objects.filter(member=account, holder__account=subject),
        Contact.objects.filter(member=subject, holder__account=account),
        Role.objects.filter(account=subject, kind__in=STAFF, ended_at=None, organisation__in=_organisations(account)),
        Declined.objects.filter(role=role, reason=OuterRef(f"{place}reason")),
        ReportSource.objects.filter(report__case=OuterRef(case or "pk"), account_hash__in=hashes_of(account)),
    )
    return rows.exclude(**{f"{place}subject": account}).filter(*(~Exists(tie) for tie in ties))
