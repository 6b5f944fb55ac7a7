"""Reads about contacts, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from backend.core.accounts.models import Account, Organisation, Role
from messaging.models import Block
from peers.contacts.ladder import COORDINATOR, DEPUTY, OTHER, Home, Rung
from peers.contacts.models import Change, Contact, Handover, Promise
from peers.contacts.models.handover import OPEN


def contacts_of(*, member: Account) -> QuerySet[Contact]:
    """Who is beside the member now: the primary first."""
    found = Contact.objects.filter(member=member, state="active")
    return found.select_related("member", "holder__account", "organisation").order_by("-part")


def contact_of(*, member: Account) -> Contact | None:
    """The member's contact person; None as long as there never was one, and once the member has ended it."""
    return contacts_of(member=member).filter(part=Contact.Part.PRIMARY).first()


def contacts_held(*, by: Account) -> QuerySet[Contact]:
    """The contacts of which this account is the person beside, in any of its roles."""
    found = Contact.objects.filter(holder__account=by, holder__ended_at=None, state="active")
    return found.select_related("member", "holder__account")


def caseload_of(role: Role) -> int:
    """For how many members this person is there, as contact person or backup. Stepping in does not count."""
    return Contact.objects.filter(holder=role, state="active", interim=False).count()


def caseloads_of(roles: Iterable[UUID]) -> dict[UUID, int]:
    """As `caseload_of`, for many; who is there for nobody is left out."""
    held = Contact.objects.filter(holder__in=list(roles), state="active", interim=False)
    return dict(held.values_list("holder").annotate(Count("id")))


def promise_of(*, member: Account) -> Promise | None:
    """Whether somebody was ever given to the member, and how it stands."""
    return Promise.objects.filter(member=member).first()


def open_change_of(*, member: Account) -> Change | None:
    """The member's open wish for somebody else."""
    return Change.objects.filter(member=member, state="open").first()


def paused_among(members: Collection[UUID]) -> list[UUID]:
    """Which of them wish to be left alone for a while."""
    return list(Promise.objects.filter(member__in=members, state="paused").values_list("member", flat=True))


def open_changes_among(members: Collection[UUID]) -> QuerySet[Change]:
    """The open wishes of these members."""
    return Change.objects.select_related("about").filter(member__in=members, state="open")


def open_handovers_of(contacts: Collection[UUID]) -> dict[UUID, UUID]:
    """Contact → its open handover."""
    return dict(Handover.objects.filter(contact__in=contacts, state__in=OPEN).values_list("contact", "id"))


def handovers_of(*, account: Account) -> QuerySet[Handover]:
    """The handovers that somebody takes part in, open and over."""
    mine = Q(member=account) | Q(giving__account=account, giving__ended_at=None)
    mine |= Q(receiving__account=account, receiving__ended_at=None)
    rows = Handover.objects.filter(mine)
    return rows.select_related("contact", "member", "giving__account", "receiving__account", "introduction")


def may_know(*, member: Account, role: Role) -> bool:
    """Whether the member knows of this person by a contact or an open handover."""
    return (
        Contact.objects.filter(member=member, holder=role, state="active").exists()
        or Handover.objects.filter(member=member, receiving=role, state__in=OPEN).exists()
    )


def rungs() -> list[Rung]:
    """Every coordinator who could step in now, for `ladder.nearest`."""
    load = Count("contacts", filter=Q(contacts__state="active", contacts__interim=True))
    running = Role.objects.filter(
        kind=Role.Kind.COORDINATOR, ended_at=None, account__locked_at=None, organisation__closed_at=None
    )
    found = running.select_related("organisation").annotate(load=load)
    regions = _regions({role.organisation_id for role in found if role.organisation_id})
    return [
        Rung(
            role=role.id,
            account=role.account_id,
            organisation=role.organisation.id,
            regions=regions.get(role.organisation.id, frozenset()),
            languages=frozenset(role.organisation.languages),
            seat=_seat(role, role.organisation),
            load=role.load,
            since=role.given_at,
        )
        for role in found
        if role.organisation is not None
    ]


def home_of(organisation: Organisation | None) -> Home | None:
    """An organisation, for `ladder.nearest`."""
    if organisation is None:
        return None
    regions = _regions({organisation.id}).get(organisation.id, frozenset())
    return Home(organisation=organisation.id, regions=regions, languages=frozenset(organisation.languages))


def cannot_step_in(*, member: UUID, besides: Collection[UUID]) -> set[UUID]:
    """The accounts that do not step in for a member: their own, `besides`, and coordinators with whom there is a block.

    Only where the coordinator was named as such: who else they may be is nobody's business.
    """
    coordinators = Q(membership__peer__kind=Role.Kind.COORDINATOR)
    blocked = Block.objects.filter(coordinators, by=member).values_list("of", flat=True)
    talks = Block.objects.filter(of=member, conversation__direct__member=member)
    blocking = talks.filter(by=F("conversation__direct__peer__account")).values_list("by", flat=True)
    return {member, *besides, *blocked.union(blocking)}


def _regions(organisations: set[UUID]) -> dict[UUID, frozenset[str]]:
    found: dict[UUID, set[str]] = {}
    rows = Organisation.regions.through.objects.filter(organisation__in=organisations)
    for organisation, region in rows.values_list("organisation", "region"):
        found.setdefault(organisation, set()).add(str(region))
    return {organisation: frozenset(keys) for organisation, keys in found.items()}


def _seat(role: Role, organisation: Organisation) -> int:
    if role.id == organisation.coordinator_id:
        return COORDINATOR
    return DEPUTY if role.id == organisation.deputy_id else OTHER
