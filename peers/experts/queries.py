"""Reads about peer experts, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.core.accounts.models import Organisation, Role
from messaging.hours import parse_hours
from peers.experts.models import Checklist, Expert, Vetting
from peers.experts.models.vetting import RUNNING

RENEWED_WITHIN = timedelta(days=60)  # before a vetting ends it is on the list of what to renew


def may_be_matched(*, role: UUID, at: datetime) -> bool:
    """Whether somebody new may come to this peer expert now, as far as it hangs on them and their organisation.

    How many people they are there for already is not asked here: contacts hold that.
    """
    return matchable(at=at).filter(role=role).exists()


def matchable(*, at: datetime) -> QuerySet[Expert]:
    """The peer experts to whom somebody new may come now: vetted, not paused, not away, taking new people."""
    return experts().filter(
        Q(away_until=None) | Q(away_until__lte=at),
        role__account__locked_at=None,
        role__organisation__opened_at__isnull=False,
        role__organisation__closed_at=None,
        vetted_until__gt=at,
        paused_at=None,
        taking_new=True,
    )


def roles_away(at: datetime) -> QuerySet[Expert, UUID]:
    """The roles of those who said that they are away now."""
    return Expert.objects.filter(away_until__gt=at).values_list("role", flat=True)


def roles_off(at: datetime) -> set[UUID]:
    """The roles of those who have said their hours, none of which it is now."""
    said = experts().filter(office_hours__isnull=False).values_list("role", "office_hours")
    return {role for role, hours in said if not parse_hours(data=hours).is_open(at=at)}


def experts() -> QuerySet[Expert]:
    """All who are peer experts now, each with role, organisation and region."""
    running = Expert.objects.filter(role__kind=Role.Kind.PEER_EXPERT, role__ended_at=None)
    return running.select_related("role__organisation", "region")


def experts_by_role(*, roles: Collection[UUID]) -> dict[UUID, Expert]:
    """Peer experts by their peer ids, as far as they still are."""
    return {there.role_id: there for there in experts().filter(role__in=roles)}


def experts_of(*, organisation: Organisation) -> QuerySet[Expert]:
    """An organisation's peer experts, for its coordinators. For how many people each is there, `contacts` knows."""
    return experts().filter(role__organisation=organisation).order_by("role__alias", "role")


def due_for_renewal(
    *, organisation: Organisation, at: datetime, within: timedelta = RENEWED_WITHIN
) -> QuerySet[Expert]:
    """Whose vetting ends soon, has ended or never was, and whom nobody is vetting; what is over comes first."""
    running = Vetting.objects.filter(expert=OuterRef("pk"), state__in=RUNNING)
    due = experts().filter(Q(vetted_until=None) | Q(vetted_until__lte=at + within), role__organisation=organisation)
    return due.filter(~Exists(running)).order_by("vetted_until", "role")


def vettings_to_sign(*, role: Role) -> QuerySet[Vetting]:
    """The running vettings that this coordinator can sign: of their organisation, or as its partner; not their own."""
    running = Vetting.objects.select_related("expert__role__organisation", "checklist", "partner")
    mine = Q(expert__role__organisation=role.organisation_id) | Q(partner=role.organisation_id)
    theirs = Q(first_by__account=role.account_id) | Q(expert__role__account=role.account_id)
    return running.filter(mine, state__in=RUNNING).exclude(theirs).order_by("asked_at", "id")


def checklist_of(*, organisation: UUID) -> Checklist | None:
    """The present version of an organisation's checklist."""
    return Checklist.objects.filter(organisation=organisation).order_by("-version").first()
