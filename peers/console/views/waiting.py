"""Who waits: members without a match, wishes for contact, who is to be greeted, referrals, whom one is there for."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show
from backend.core.sealing import datakeys
from backend.core.vocabulary import LANGUAGE_NAMES
from peers.checkins import queries as checkins
from peers.console.frame import SHOWN, coordinators, organisation_of
from peers.contacts import queries as contacts
from peers.experts import queries as experts
from peers.matching import queries as matching
from peers.matching.models import Request
from peers.matching.wishes import wishes_of
from peers.referrals import queries as referrals


@coordinators()
def show_waiting(visit: Visit, role: Role) -> HttpResponse:
    """Since when each waits; of a member's wishes only the language is told."""
    organisation = organisation_of(role)
    requests = list(matching.waiting_for(organisation=organisation)[:SHOWN])
    datakeys.found_keys({request.member_id for request in requests})  # all at once: each is needed below
    told = {
        "title": _("Who waits"),
        "requests": [(request, _languages(request)) for request in requests],
        "referrals": list(referrals.open_referrals_to(role=role)[:SHOWN]),
        "wishes": list(checkins.requests_for(by=visit.by).filter(holder=role).order_by("asked_at", "id")[:SHOWN]),
        "ways_back": list(checkins.ways_back_to(role=role)[:SHOWN]),
        "interims": list(contacts.contacts_held(by=visit.by).filter(interim=True).order_by("begun_at", "id")[:SHOWN]),
        "free": experts.matchable(at=visit.now).filter(role__organisation=organisation).exists(),
    }
    return show(visit, "coordination/waiting", told)


def _languages(request: Request) -> str:
    wishes = wishes_of(request)
    return ", ".join(LANGUAGE_NAMES.get(tag, tag) for tag in wishes.languages) if wishes else ""
