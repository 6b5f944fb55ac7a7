"""Reads for matching, each with a fixed number of queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from backend.core.accounts.models import Account, Organisation
from messaging.hours import parse_hours
from messaging.queries.blocks import roles_apart
from peers.contacts import queries as contacts
from peers.experts import queries as experts
from peers.experts.actions.experts import saids_of
from peers.matching.models import Match, Request
from peers.matching.ranking import Bar, Candidate, House

SHOWN_WITHIN = timedelta(days=30)


def candidates(*, member: Account, at: datetime) -> list[Candidate]:
    """Everybody to whom somebody new may come, with what is between them and the member."""
    found = list(experts.matchable(at=at).select_related("role__account"))
    roles = [there.role_id for there in found]
    saids = saids_of(found)
    loads = contacts.caseloads_of(roles)
    regions = _regions_of({there.role.organisation_id for there in found if there.role.organisation_id})
    asked = dict(
        Match.objects.filter(state="proposed", lapses_at__gt=at, peer__in=roles)
        .exclude(request__member=member)
        .values_list("peer")
        .annotate(Count("id"))
    )
    between = {
        Bar.BLOCK: roles_apart(account=member),
        Bar.DECLINED: set(
            Match.objects.filter(request__member=member, state="declined").values_list("peer", flat=True)
        ),
        Bar.BESIDE: set(contacts.contacts_of(member=member).values_list("holder", flat=True)),
    }
    made = []
    for there in found:
        own, organisation, said = there.region_id, there.role.organisation_id, saids[there.role_id]
        bars = {bar for bar, peers in between.items() if there.role_id in peers}
        if there.role.account_id == member.id:
            bars.add(Bar.ONESELF)
        made.append(
            Candidate(
                key=there.role_id,
                languages=frozenset(there.languages),
                domains=frozenset(there.domains),
                directions=frozenset(there.directions),
                regions=frozenset({own}) if own else regions.get(organisation, frozenset()),
                gender=said.gender,
                backgrounds=frozenset(said.backgrounds),
                hours=parse_hours(data=there.office_hours).spans,
                load=loads.get(there.role_id, 0),
                asked=asked.get(there.role_id, 0),
                limit=there.caseload_limit,
                vetted_until=there.vetted_until,
                paused=there.paused_at is not None,
                away_until=there.away_until,
                taking_new=there.taking_new,
                bars=frozenset(bars),
            )
        )
    return made


def houses() -> list[House]:
    """The organisations that could step in: active, and their coordinator can be reached."""
    found = Organisation.objects.filter(opened_at__isnull=False, closed_at=None, coordinator__account__locked_at=None)
    regions = _regions_of({there.id for there in found})
    return [House(there.id, regions.get(there.id, frozenset()), frozenset(there.languages)) for there in found]


def peers_shown(*, member: Account, at: datetime) -> set[UUID]:
    """Who was proposed to the member lately, whatever became of it."""
    lately = Match.objects.filter(request__member=member, proposed_at__gt=at - SHOWN_WITHIN)
    return set(lately.values_list("peer", flat=True))


def proposals_of(request: Request) -> list[Match]:
    """The open proposals of a request, the best first."""
    found = Match.objects.filter(request=request, state="proposed").select_related("request", "peer__account")
    return list(found.order_by("place"))


def free_peers(*, matches: list[Match], at: datetime) -> set[UUID]:
    """Which of the proposed can still be accepted."""
    roles = [match.peer_id for match in matches if match.lapses_at > at]
    loads = contacts.caseloads_of(roles)
    able = experts.matchable(at=at).filter(role__in=roles).values_list("role", "caseload_limit")
    return {role for role, limit in able if loads.get(role, 0) < limit}


def waiting_for(*, organisation: Organisation) -> QuerySet[Request]:
    """Requests that the organisation's coordinators are asked to look at, the oldest first.

    They see since when somebody waits, and by `wishes.wishes_of(…).languages` for which language; nothing else of it.
    """
    return Request.objects.filter(Q(organisation=organisation), state="waiting", told_at__isnull=False).order_by(
        "waiting_since", "id"
    )


def _regions_of(organisations: set[UUID]) -> dict[UUID | None, frozenset[str]]:
    found: dict[UUID | None, set[str]] = {}
    rows = Organisation.regions.through.objects.filter(organisation__in=organisations)
    for organisation, region in rows.values_list("organisation", "region"):
        found.setdefault(organisation, set()).add(str(region))
    return {organisation: frozenset(keys) for organisation, keys in found.items()}
