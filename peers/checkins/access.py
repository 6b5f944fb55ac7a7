"""Fetch one thing with permission. A plan's row is the lock of all that is the plan's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from backend.core.accounts.models import Account, Role
from backend.core.errors import NotFound
from peers.checkins.models import Checkin, ContactRequest, Plan, Share
from peers.contacts.models import Contact


def plan(*, by: Account, lock: bool = False) -> Plan:
    """The caller's plan, stopped or not."""
    found = Plan.objects.filter(account=by)
    there = (found.select_for_update(no_key=True) if lock else found).first()
    if there is None:
        raise NotFound
    return there


def checkin(*, by: Account, checkin: UUID) -> Checkin:
    """One of the caller's own that has opened already."""
    there = Checkin.objects.filter(plan=by.id, id=checkin).exclude(opened_at=None).first()
    if there is None:
        raise NotFound
    return there


def own_share(*, by: Account, share: UUID) -> Share:
    """One that the caller has made."""
    there = Share.objects.select_related("to__account").select_for_update(of=("self",)).filter(account=by, id=share)
    if (found := there.first()) is None:
        raise NotFound
    return found


def share_with(*, by: Account, share: UUID, at: datetime) -> Share:
    """One that the caller can read in a role of theirs, now; locked, so that it cannot end meanwhile."""
    found = readable_shares(by=by, at=at).select_related("checkin__plan").select_for_update(of=("self",))
    there = found.filter(id=share).first()
    if there is None:
        raise NotFound
    return there


def readable_shares(*, by: Account, at: datetime) -> QuerySet[Share]:
    """All that the caller can read now: theirs, not ended, and they are still beside the member."""
    beside = Contact.objects.filter(member=OuterRef("account"), holder=OuterRef("to"), state="active")
    found = Share.objects.select_related("to").filter(Exists(beside), to__account=by, to__ended_at=None)
    return found.filter(ended_at=None, expires_at__gt=at)


def peer_role(*, by: Account, lock: bool = False) -> Role:
    """The caller's role as a peer expert."""
    found = Role.objects.filter(account=by, kind=Role.Kind.PEER_EXPERT, ended_at=None)
    there = (found.select_for_update(no_key=True) if lock else found).first()
    if there is None:
        raise NotFound
    return there


def own_request(*, by: Account, request: UUID, lock: bool = False) -> ContactRequest:
    """One of the caller's own wishes for contact."""
    found = ContactRequest.objects.select_related("account", "holder__account").filter(account=by, id=request)
    there = (found.select_for_update(no_key=True, of=("self",)) if lock else found).first()
    if there is None:
        raise NotFound
    return there


def request_for(*, by: Account, request: UUID) -> ContactRequest:
    """A wish for contact whose turn it is the caller's to answer; locked."""
    found = ContactRequest.objects.select_related("account", "holder__account")
    there = (
        found.select_for_update(no_key=True, of=("self",))
        .filter(id=request, holder__account=by, holder__ended_at=None, state__in=("waiting", "acknowledged"))
        .first()
    )
    if there is None:
        raise NotFound
    return there
