"""Reads of check-ins, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Prefetch, QuerySet

from backend.core import labels
from backend.core.accounts.models import Account, Role
from backend.core.sealing import vault
from messaging.hours import parse_hours
from messaging.models import DirectTalk
from peers.checkins.models import (
    CaringMessage,
    Checkin,
    ContactRequest,
    Plan,
    RequestStep,
    Share,
    WayBack,
)
from peers.checkins.picture import Mark
from peers.checkins.questions import OVERALL
from peers.contacts.queries import contacts_of
from peers.experts.queries import experts_by_role


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody who could read it: `from_` is when next, None: nothing said; `away_until` if they said so."""

    part: str
    peer: UUID
    alias: str
    reads_from: datetime | None
    away_until: datetime | None


def plan_of(*, account: Account) -> Plan | None:
    """The account's plan, stopped or not."""
    return Plan.objects.filter(account=account).first()


def next_at(*, account: Account) -> datetime | None:
    """When the member will be asked next; None without a plan, or when it is stopped."""
    ahead = Checkin.objects.filter(plan=account.id, state="planned")
    return ahead.values_list("due_at", flat=True).first()


def checkins_of(*, account: Account) -> QuerySet[Checkin]:
    """All that have opened, unordered."""
    return Checkin.objects.filter(plan=account.id, opened_at__isnull=False)


def read_answers(checkins: Sequence[Checkin], *, by: Account, now: datetime) -> dict[UUID, dict[str, Any]]:
    """The answers of those that have one, by check-in. Raises `ValueError` for anybody else's."""
    if any(checkin.plan_id != by.id for checkin in checkins):
        raise ValueError("not one's own")
    answered = [checkin for checkin in checkins if checkin.sealed is not None]
    texts = vault.open_own(account=by.id, sealed=[(bytes(one.sealed or b""), one.aad) for one in answered], now=now)
    return {checkin.id: orjson.loads(text) for checkin, text in zip(answered, texts, strict=True)}


def marks_of(*, by: Account, now: datetime) -> list[Mark]:
    """Every answer that the member gave, in the order of days."""
    found = list(checkins_of(account=by).filter(sealed__isnull=False).order_by("answered_at", "id"))
    told = read_answers(found, by=by, now=now)
    return [
        Mark(on=checkin.answered_at.date(), row=row, step=step)
        for checkin in found
        if checkin.answered_at is not None
        for row, step in told[checkin.id]["answers"].items()
    ]


def rows_shown() -> dict[str, str]:
    """The rows of the picture in the language that is asked for now."""
    return {OVERALL: str(labels.OVERALL), **{str(key): str(text) for key, text in labels.DOMAINS.items()}}


def shares_of(*, account: Account) -> QuerySet[Share]:
    """All that the member has shared, unordered."""
    return Share.objects.select_related("to").filter(account=account)


def talks_of(shares: Sequence[Share]) -> dict[UUID, UUID | None]:
    """Share → the direct talk by which its reader knows the member."""
    from_contacts = _talks({(share.account_id, share.to_id) for share in shares})
    return {share.id: from_contacts.get((share.account_id, share.to_id)) for share in shares}


def requests_of(*, account: Account) -> QuerySet[ContactRequest]:
    """The member's own wishes for contact, unordered."""
    steps = RequestStep.objects.select_related("role")
    return ContactRequest.objects.filter(account=account).prefetch_related(Prefetch("steps", steps))


def requests_for(*, by: Account) -> QuerySet[ContactRequest]:
    """Wishes for contact whose turn it is this account's to answer, unordered."""
    found = ContactRequest.objects.filter(holder__account=by, holder__ended_at=None)
    return found.filter(state__in=("waiting", "acknowledged"))


def talks_of_requests(requests: Sequence[ContactRequest]) -> dict[UUID, UUID | None]:
    """Request → the direct talk by which its holder knows the member; None: there is none yet."""
    pairs = {(one.account_id, one.holder_id) for one in requests if one.holder_id}
    talks = _talks(pairs)
    return {one.id: talks.get((one.account_id, one.holder_id)) if one.holder_id else None for one in requests}


def caring_of(*, account: Account) -> QuerySet[CaringMessage]:
    """The texts that asked nothing, unordered."""
    return CaringMessage.objects.filter(account=account)


def ways_back_to(*, role: Role) -> QuerySet[WayBack]:
    """Whom a coordinator's organisation is asked to greet, the longest waiting first."""
    found = WayBack.objects.filter(organisation=role.organisation_id, greeted_at=None, ended_at=None)
    return found.order_by("asked_at", "id")


def reach_of(*, account: Account, at: datetime) -> list[Reach]:
    """Who beside the member can read something next, and when, as they said; the contact person first."""
    found = [contact for contact in contacts_of(member=account) if contact.holder is not None]
    experts = experts_by_role(roles=[contact.holder.id for contact in found if contact.holder])
    told = []
    for contact in found:
        if (holder := contact.holder) is None:
            continue
        expert = experts.get(holder.id)
        away = expert.away_until if expert and expert.is_away(at=at) else None
        hours = parse_hours(data=expert.office_hours) if expert and expert.office_hours else None
        start = away or at
        opens = None if hours is None else (start if hours.is_open(at=start) else hours.next_opening(at=start))
        told.append(Reach(contact.part, holder.id, holder.alias, opens or away, away))
    return told


def _talks(pairs: set[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """(member, role) → their open direct talk."""
    if not pairs:
        return {}
    found = DirectTalk.objects.filter(member__in={one for one, _ in pairs}, peer__in={role for _, role in pairs})
    rows = found.filter(ended_at=None).values_list("member", "peer", "conversation")
    return {(member, role): conversation for member, role, conversation in rows if (member, role) in pairs}
