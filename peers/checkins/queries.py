"""Reads of check-ins, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from backend.core import labels
from backend.core.accounts.models import Account, Role
from backend.core.sealing import vault
from messaging.models import DirectTalk
from peers.checkins.models import (
    CaringMessage,
    CaringSignature,
    Checkin,
    ContactRequest,
    Plan,
    RequestStep,
    Share,
    WayBack,
)
from peers.checkins.picture import Mark, Own, Years
from peers.checkins.questions import OVERALL
from peers.contacts.models import Contact
from peers.contacts.queries import Reader, contacts_of, readers_of
from peers.directory.models import Helpline
from peers.directory.queries import helplines
from peers.directory.vocabulary import Line
from peers.journeys.queries import entries_of, goals_of, read_lines

PROMISED = {"primary": timedelta(hours=24), "backup": timedelta(hours=24), "coordinator": timedelta(hours=48)}
COORDINATOR = "coordinator"


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody whose turn it can be, when they read next, and how long they have to answer once it is their turn."""

    part: str
    reader: Reader
    answers_within: timedelta


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


def years_of(*, by: Account, now: datetime) -> Years:
    """Every answer that the member gave, and their own goals and words, in the order of days."""
    found = list(checkins_of(account=by).filter(sealed__isnull=False).order_by("answered_at", "id"))
    said = read_answers(found, by=by, now=now)
    answered = [(one.answered_at.date(), said[one.id]) for one in found if one.answered_at is not None]
    goals = read_lines(list(goals_of(account=by)), by=by, now=now)
    lines = read_lines(list(entries_of(account=by)), by=by, now=now)
    own = [Own(on=on, row="words", text=told["note"]) for on, told in answered if told["note"]]
    own += [Own(on=line.written_at.date(), row="words", text=words.text) for line, words in lines]
    own += [Own(on=line.written_at.date(), row="goals", text=words.text) for line, words in goals]
    return Years(
        marks=[Mark(on=on, row=row, step=step) for on, told in answered for row, step in told["answers"].items()],
        own=sorted(own, key=lambda one: (one.on, one.row, one.text)),
    )


def rows_shown() -> dict[str, str]:
    """The rows of the picture in the language that is asked for now."""
    domains = {str(key): str(text) for key, text in labels.DOMAINS.items()}
    return {OVERALL: str(labels.OVERALL), **domains, "goals": _("Your own goals"), "words": _("Your own words")}


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
    return CaringMessage.objects.select_related("signed_by").filter(account=account)


def signatures_of(*, role: Role) -> dict[str, datetime]:
    """Under which texts that ask nothing a peer expert has put their name, and when."""
    return dict(CaringSignature.objects.filter(role=role).values_list("text_key", "confirmed_at"))


def ways_back_to(*, role: Role) -> QuerySet[WayBack]:
    """Whom a coordinator's organisation is asked to greet, the longest waiting first."""
    found = WayBack.objects.filter(organisation=role.organisation_id, greeted_at=None, ended_at=None)
    return found.order_by("asked_at", "id")


def turns_of(*, account: Account, after: str | None = None) -> Iterator[tuple[str, Role]]:
    """Whose turn a wish for contact can be, in order, as things are now: nobody twice, and not the member."""
    parts = tuple(PROMISED)
    left = parts[parts.index(after) + 1 :] if after else parts
    beside = {contact.part: contact for contact in contacts_of(member=account)}
    asked = {beside[part].holder_id for part in parts if part not in left and part in beside}
    for part in left:
        for role in _roles(part, beside):
            if role is not None and role.account_id != account.id and role.id not in asked and role.ended_at is None:
                asked.add(role.id)
                yield part, role


def reach_of(*, account: Account, at: datetime) -> list[Reach]:
    """Who can read a wish for contact, in the order in which it is their turn, and when each reads next."""
    turns = list(turns_of(account=account))
    readers = readers_of(roles=[role for _, role in turns], at=at)
    return [Reach(part, readers[role.id], PROMISED[part]) for part, role in turns]


def helplines_for(*, language: str) -> list[Helpline]:
    """The directory's helplines: within each kind those first that say they speak the language; the police last."""
    kinds = list(Line)
    found = helplines()  # in the order of the directory, which stays where the language says nothing
    return sorted(found, key=lambda line: (kinds.index(Line(line.kind)), language not in line.languages))


def _roles(part: str, beside: Mapping[str, Contact]) -> list[Role | None]:
    if part != COORDINATOR:
        return [beside[part].holder] if part in beside else []
    somebody = beside.get("primary") or beside.get("backup")
    organisation = somebody.organisation if somebody else None
    if organisation is None:
        return []
    seats = [organisation.coordinator_id, organisation.deputy_id]
    roles = Role.objects.select_related("account").in_bulk([seat for seat in seats if seat])
    return [roles.get(seat) for seat in seats if seat]


def _talks(pairs: set[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """(member, role) → their open direct talk."""
    if not pairs:
        return {}
    found = DirectTalk.objects.filter(member__in={one for one, _ in pairs}, peer__in={role for _, role in pairs})
    rows = found.filter(ended_at=None).values_list("member", "peer", "conversation")
    return {(member, role): conversation for member, role, conversation in rows if (member, role) in pairs}
