"""Reads about contacts, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Account, Organisation, Role
from messaging.hours import parse_hours
from messaging.models import Block, Conversation
from peers.contacts.ladder import COORDINATOR, DEPUTY, OTHER, Home, Rung
from peers.contacts.models import Change, Contact, Handover, Promise
from peers.contacts.models.handover import OPEN
from peers.contacts.reading import Reading, when_on_duty, when_read
from peers.experts.models import Expert


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody in their role, and when they read next: by their own hours, or by the roster of their organisation."""

    role: Role
    reading: Reading
    office_hours: Any = None
    away_until: datetime | None = None
    on_duty: bool = False


def contacts_of(*, member: Account) -> QuerySet[Contact]:
    """Who is beside the member now: the primary first."""
    found = Contact.objects.filter(member=member, state="active")
    return found.select_related("member", "holder__account", "organisation").order_by("-part")


def contact_of(*, member: Account) -> Contact | None:
    """The member's contact person; None as long as there never was one, and once the member has ended it."""
    return contacts_of(member=member).filter(part=Contact.Part.PRIMARY).first()


def contact_persons_of(*, members: Collection[UUID]) -> dict[UUID, UUID]:
    """Member → the peer id of their contact person; not who has only stepped in, nor while the member pauses."""
    found = Contact.objects.filter(member__in=members, part=Contact.Part.PRIMARY, state="active", interim=False)
    found = found.filter(member__promise__state="kept", holder__ended_at=None)
    return dict(found.values_list("member", "holder"))


def readers_of(*, roles: Iterable[Role], at: datetime) -> dict[UUID, Reader]:
    """When each of them reads next, by the id of the role. Only coordinators are on a roster."""
    found = {role.id: role for role in roles}
    experts = Expert.objects.in_bulk(list(found))
    seated = [role.id for role in found.values() if role.kind == Role.Kind.COORDINATOR]
    duties = accounts.next_duties(roles=seated, at=at) if seated else {}
    return {id_: _reader(role, experts.get(id_), duties.get(id_), at) for id_, role in found.items()}


def peers_in(*, conversation: Conversation, besides: Account) -> list[Role]:
    """Who is in an open direct talk or an introduction as such, but for one: who can read what that one writes."""
    if conversation.closed_at is not None:
        return []
    if conversation.kind == Conversation.Kind.DIRECT:
        roles = [conversation.direct.peer]
    elif conversation.kind == Conversation.Kind.INTRODUCTION:
        roles = [conversation.introduction.giving, conversation.introduction.receiving]
    else:
        roles = []
    return [role for role in roles if role.account_id != besides.id]


def held_lately(*, member: Account, role: Role, since: datetime) -> bool:
    """Whether this person is beside the member, or has been since then."""
    held = Contact.objects.filter(member=member, holder=role)
    return held.filter(Q(ended_at=None) | Q(ended_at__gt=since)).exists()


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


def _reader(role: Role, expert: Expert | None, duty: tuple[datetime, datetime] | None, at: datetime) -> Reader:
    if expert is None:
        reading = when_on_duty(duty=duty, at=at)
        return Reader(role=role, reading=reading, on_duty=bool(reading.now))
    away_until = expert.away_until if expert.is_away(at=at) else None
    reading = when_read(hours=parse_hours(data=expert.office_hours), away_until=away_until, at=at)
    return Reader(role=role, reading=reading, office_hours=expert.office_hours, away_until=away_until)


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
