"""Fetch one thing with permission: a member's own request and proposals, and whom they may look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.errors import NotFound
from peers.contacts import queries as contacts
from peers.matching.models import Match, Request
from peers.matching.models.request import OPEN

LATELY = timedelta(days=90)  # so long after somebody was proposed or beside them a member can still say what was wrong


def open_request(*, by: Account, lock: bool = False) -> Request | None:
    """The caller's open request, if there is one."""
    found = Request.objects.select_for_update(no_key=True, of=("self",)) if lock else Request.objects.all()
    return found.filter(member=by, state__in=OPEN).select_related("organisation").first()


def match(*, by: Account, match: UUID, lock: bool = False) -> Match:
    """A proposal that was made to the caller, open or decided; a match that ran out of time is not there any more."""
    found = Match.objects.select_for_update(no_key=True, of=("self",)) if lock else Match.objects.all()
    there = found.select_related("request", "peer__account").filter(request__member=by, id=match).first()
    if there is None:
        raise NotFound
    return there


def peer_lately(*, by: Account, peer: UUID, at: datetime) -> Role:
    """Somebody who is proposed to the caller or beside them, or was within `LATELY`, also when the role has ended.

    Everybody else is not there.
    """
    role = Role.objects.select_related("account").filter(id=peer).first()
    since = at - LATELY
    if role is None or not (
        contacts.held_lately(member=by, role=role, since=since)
        or Match.objects.filter(Q(decided_at=None) | Q(decided_at__gt=since), request__member=by, peer=role)
        .filter(lapses_at__gt=since)
        .exists()
    ):
        raise NotFound
    return role


def peer(*, by: Account, peer: UUID, at: datetime) -> tuple[Role, bool]:
    """Somebody who is proposed to the caller, or beside them; whether they are beside them.

    Everybody else is not there. Who is not yet accepted shows neither organisation nor region.
    """
    role = Role.objects.select_related("organisation", "account").filter(id=peer, ended_at=None).first()
    if role is None:
        raise NotFound
    if contacts.contacts_of(member=by).filter(holder=role).exists():
        return role, True
    proposed = Match.objects.filter(request__member=by, peer=role, state="proposed", lapses_at__gt=at)
    if not proposed.exists():
        raise NotFound
    return role, False
