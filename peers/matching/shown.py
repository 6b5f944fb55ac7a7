"""What a member is shown of a request, and of somebody who is proposed to them or beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.core.accounts.models import Organisation, Role
from peers.experts import queries as experts
from peers.experts.actions.experts import saids_of
from peers.experts.models import Expert
from peers.matching import queries
from peers.matching.models import Match, Request
from peers.matching.ranking import draw_by, rank_houses
from peers.matching.wishes import reasons_of, wishes_of
from peers.matching.words import text_of

NOTHING: dict[str, Any] = {"request": None, "proposals": [], "waiting": None, "offers": [], "organisations": []}


def request_shown(request: Request | None, *, at: datetime) -> dict[str, Any]:
    """The open request: its proposals with reasons, or since when it waits and what else there is."""
    if request is None:
        return NOTHING
    shown = {**NOTHING, "request": {"id": request.id, "state": request.state, "asked_at": request.asked_at}}
    if request.state == "waiting":
        return shown | _wait_shown(request)
    matches = queries.proposals_of(request)
    free = queries.free_peers(matches=matches, at=at)
    there = experts.experts_by_role(roles=[match.peer_id for match in matches])
    saids = saids_of(there.values())
    proposals = [
        {
            "id": match.id,
            "peer": peer_shown(match.peer, there.get(match.peer_id), known=False, saids=saids),
            "reasons": [
                {"code": reason.code, "values": list(reason.values), "text": text_of(reason)}
                for reason in reasons_of(match)
            ],
            "free": match.peer_id in free,
            "lapses_at": match.lapses_at,
        }
        for match in matches
    ]
    return shown | {"proposals": proposals}


def peer_shown(role: Role, expert: Expert | None, *, known: bool, saids: Any = None) -> dict[str, Any]:
    """Somebody as a member sees them; organisation and region only of who is beside them (`known`)."""
    said = (saids or saids_of([expert]))[role.id] if expert is not None else None
    organisation = role.organisation if known else None
    return {
        "id": role.id,
        "alias": role.alias,
        "avatar_key": role.avatar_key,
        "languages": expert.languages if expert else [],
        "domains": expert.domains if expert else [],
        "directions": expert.directions if expert else [],
        "about": said.about if said else None,
        "gender": said.gender if said else None,
        "backgrounds": list(said.backgrounds) if said else [],
        "office_hours": expert.office_hours if expert else None,
        "away_until": expert.away_until if expert and known else None,
        "organisation": {"id": organisation.id, "name": organisation.name} if organisation else None,
        "region": expert.region_id if expert and known else None,
    }


def match_shown(match: Match) -> dict[str, Any]:
    """A decided proposal."""
    return {"id": match.id, "state": match.state}


def _wait_shown(request: Request) -> dict[str, Any]:
    told = request.organisation if request.told_at is not None else None
    waiting = {
        "since": request.waiting_since,
        "tried_again_at": request.due_at,
        "told_at": request.told_at,
        "told": {"id": told.id, "name": told.name} if told else None,
    }
    wishes = wishes_of(request)
    found = rank_houses(wishes=wishes, houses=queries.houses(), draw=draw_by(bytes(request.seed))) if wishes else []
    names = {there.id: there.name for there in Organisation.objects.filter(id__in=found)}
    offers = ["wait", *(["organisation"] if names else []), "second_language"]
    organisations = [{"id": there, "name": names[there]} for there in found if there in names]
    return {"waiting": waiting, "offers": offers, "organisations": organisations}
