"""Who moderates, and who is tied to whom."""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as If

from backend.core.accounts.models import Account, Role
from backend.core.accounts.queries import STAFF
from messaging.models import Membership
from moderation.models import Aside, Case, Decision, Declined, ReportSource
from moderation.sources import hashes_of, source_of
from peers.contacts.models import Contact
from peers.directory.models import Entry

MODERATING = (Role.Kind.MODERATOR, Role.Kind.SECOND_APPROVER)


def moderators() -> QuerySet[Role]:
    """Everybody who moderates now."""
    return Role.objects.filter(kind__in=MODERATING, ended_at=None, account__locked_at=None)


def acting_first(kinds: Collection[str]) -> If:
    """To order roles by: somebody who has several of these acts in the first of them, and is counted in it."""
    return If(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(kinds)), default=Value(len(kinds)))


def is_colleague(*, role: Role, case: Case) -> bool:
    """Whether the case is about somebody of the staff, or an entry, of an organisation to which the handler belongs."""
    if case.entry is not None:
        return Entry.objects.filter(_of_theirs(role.account_id), id=case.entry).exists()
    return Role.objects.filter(
        account=case.subject_id,
        kind__in=STAFF,
        ended_at=None,
        organisation__in=_organisations(role.account_id),
    ).exists()


def known_peer(case: Case) -> Role | None:
    """The running role of a peer expert by which who is concerned is known in the place, or was reported.

    That somebody who belongs under another name is a peer expert is nobody's business.
    """
    there = case.membership
    role = there.peer if there is not None else None
    if case.named_peer is not None:
        role = Role.objects.filter(id=case.named_peer).first()
    running = role is not None and role.kind == Role.Kind.PEER_EXPERT and role.ended_at is None
    return role if running else None


def _of_theirs(account: UUID) -> Q:
    """Entries that somebody's organisation looks after, or answers for."""
    mine = _organisations(account)
    return Q(kept_by__in=mine) | Q(assured_by__in=mine)


def _organisations(account: UUID) -> QuerySet[Any]:
    held = Role.objects.filter(account=account, ended_at=None, organisation__isnull=False)
    return held.values("organisation")


def are_of_one_house(*, one: UUID, other: UUID) -> bool:
    """Whether two accounts have roles at the same organisation."""
    return Role.objects.filter(account=one, ended_at=None, organisation__in=_organisations(other)).exists()


def concerned(made: Decision) -> Account | None:
    """Who is told of it: who the case is about, or who made the report that it is about. None once they are erased."""
    if made.subject is not None:
        return made.subject
    found = Aside.objects.filter(decision=made, report__isnull=False).values_list("report", flat=True).first()
    source = ReportSource.objects.filter(report=found).first() if found is not None else None
    return Account.objects.filter(id=source_of(source)).first() if source is not None else None


def others_come_first(made: Decision, role: Role, *, at: datetime) -> bool:
    """Whether somebody of another organisation is asked still, and this one is of the same as who decided."""
    if made.others_until is None or made.others_until <= at or made.by is None:
        return False
    return are_of_one_house(one=role.account_id, other=made.by.account_id)


def of_my_house(role: Role, by: str) -> Exists:
    """For a query: whether the account at the path `by` has a role at an organisation of this one's."""
    theirs = Role.objects.filter(account=OuterRef(by), ended_at=None)
    return Exists(theirs.filter(organisation__in=_organisations(role.account_id)))


def is_tied(*, role: Role, case: Case) -> bool:
    """Whether somebody may not handle a case.

    They are concerned, belong or belonged to the place, are contact person or member of who is concerned, are of one
    organisation with an entry or with who is concerned and is of the staff, or have reported it.
    """
    account = role.account_id
    if case.entry is not None and is_colleague(role=role, case=case):
        return True
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
    return _never(rows, role, case).filter(*(~Exists(tie) for tie in _ties(role, case)))


def untied_or_late(rows: QuerySet[Any], *, role: Role, at: datetime) -> QuerySet[Any]:
    """Cases as of `untied`, with `tied` False, and those that nobody came to in time, though they are tied to them.

    In these they may hide and mute for a day. Never where they are concerned themselves, nor of their own house.
    """
    near = functools.reduce(operator.or_, (Q(Exists(tie)) for tie in _ties(role, "")))
    late = Q(state="open", kind=Case.Kind.RULE, due_at__lte=at)
    found: QuerySet[Any] = _never(rows, role, "").annotate(tied=ExpressionWrapper(near, BooleanField()))
    return found.filter(Q(tied=False) | late)


def _never(rows: QuerySet[Any], role: Role, case: str) -> QuerySet[Any]:
    account, place = role.account_id, f"{case}__" if case else ""
    subject = OuterRef(f"{place}subject")
    colleague = Role.objects.filter(account=subject, kind__in=STAFF, ended_at=None)
    colleague = colleague.filter(organisation__in=_organisations(account))
    declined = Declined.objects.filter(role=role, reason=OuterRef(f"{place}reason"))
    own = Entry.objects.filter(_of_theirs(account), id=OuterRef(f"{place}entry"))
    return rows.exclude(**{f"{place}subject": account}).filter(~Exists(colleague), ~Exists(own), ~Exists(declined))


def _ties(role: Role, case: str) -> tuple[QuerySet[Any], ...]:
    account, place = role.account_id, f"{case}__" if case else ""
    subject = OuterRef(f"{place}subject")
    return (
        Membership.objects.filter(account=account, conversation=OuterRef(f"{place}conversation")),
        Contact.objects.filter(member=account, holder__account=subject),
        Contact.objects.filter(member=subject, holder__account=account),
        ReportSource.objects.filter(report__case=OuterRef(case or "pk"), account_hash__in=hashes_of(account)),
    )
