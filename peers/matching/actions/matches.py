"""A member decides about who was proposed. Nobody else is told of a proposal, nor that it was declined."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import Conflict
from backend.core.streams.append import append
from messaging.actions.locks import hold_accounts
from messaging.queries.blocks import roles_apart
from peers.contacts.actions.contacts import begin_contact
from peers.contacts.errors import PeerUnavailable
from peers.contacts.models import Contact
from peers.experts import queries as experts
from peers.matching import access
from peers.matching.actions.requests import close, wait
from peers.matching.events import MATCH_CHANGED
from peers.matching.models import Match, Request


@write
def accept_match(*, by: Account, match: UUID, now: datetime) -> Contact:
    """Make the proposed peer expert contact person or backup; their direct talk opens, the other proposals close.

    Again changes nothing. Raises `NotFound`, `Conflict` once it is decided otherwise or has lapsed, `PeerUnavailable`,
    and what `begin_contact` raises: `CaseloadFull`, `PlaceTaken`.
    """
    found = access.match(by=by, match=match)
    if found.state not in ("proposed", "accepted"):
        raise Conflict("state_conflict")
    contact = begin_contact(member=by, role=found.peer, now=now)  # holds the accounts: then nothing here changes
    request = Request.objects.select_for_update(no_key=True).get(id=found.request_id)
    there = access.match(by=by, match=match, lock=True)
    if there.state == "accepted":
        return contact
    if there.lapses_at <= now:
        raise Conflict("state_conflict")
    if not experts.may_be_matched(role=there.peer_id, at=now) or there.peer_id in roles_apart(account=by):
        raise PeerUnavailable
    there.move(to="accepted")
    there.decided_at = now
    there.save(update_fields=["state", "decided_at"])
    close(request, to="met", matches="passed", now=now)
    append(stream=by.inbox, kind=MATCH_CHANGED, at=now)
    return contact


@write
def decline_match(*, by: Account, match: UUID, now: datetime) -> Match:
    """Say no; the peer expert never learns of it and is not proposed again. Without another proposal the request waits.

    Again changes nothing. Raises `NotFound`, `Conflict` once it is decided otherwise.
    """
    hold_accounts(by.id)
    found = access.match(by=by, match=match)
    request = Request.objects.select_for_update(no_key=True).get(id=found.request_id)
    there = access.match(by=by, match=match, lock=True)
    if there.state == "declined":
        return there
    there.move(to="declined")
    there.decided_at, there.reasons = now, None
    there.save(update_fields=["state", "decided_at", "reasons"])
    if not Match.objects.filter(request=request, state="proposed").exists():
        wait(request, now=now)
    append(stream=by.inbox, kind=MATCH_CHANGED, at=now)
    return there
