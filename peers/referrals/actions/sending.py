"""A member sends chosen lines to one organisation, after they have seen exactly these."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account, Organisation
from backend.core.accounts.queries import has_consent
from backend.core.db import write
from backend.core.errors import FieldError, NotFound
from backend.core.push.actions.waking import deliver_to_coordinators
from backend.core.push.vocabulary import Kind
from backend.core.sealing import seal, vault
from backend.core.streams.append import append
from backend.core.text import normalise_body
from peers.journeys import queries as journeys
from peers.profiles import access as profiles
from peers.profiles.actions.profiles import about_of
from peers.referrals import access, errors, events
from peers.referrals.lines import FIELDS
from peers.referrals.models import Referral
from peers.referrals.queries import Lines, kept_place, sent_place

MAX_MESSAGE = 2000  # characters
MAX_GOALS = 20
MAX_OPEN = 10
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=90)
SHARING = "sharing"


@dataclass(frozen=True, slots=True)
class Preview:
    """All that would be sent, and the tag that names exactly this."""

    organisation: Organisation
    lines: Lines
    tag: bytes


def preview_referral(
    *, by: Account, organisation: UUID, fields: Collection[str], goals: Collection[UUID], message: str, now: datetime
) -> Preview:
    """What the organisation would read; nothing is sent.

    Raises `NotFound` (organisation or goal), `SharingConsentNeeded`, `ReferralEmpty` and what the text's form refuses.
    """
    if not has_consent(account=by, purpose=SHARING):
        raise errors.SharingConsentNeeded
    receiver = access.receiver(organisation=organisation)
    lines = _gather(by=by, fields=fields, goals=goals, message=message, now=now)
    if not lines:
        raise errors.ReferralEmpty
    return Preview(
        organisation=receiver, lines=lines, tag=seal.tag(purpose="referral", parts=_told(by, receiver, lines))
    )


def send_referral(
    *,
    by: Account,
    organisation: UUID,
    fields: Collection[str],
    goals: Collection[UUID],
    message: str,
    expires_in: timedelta,
    preview: bytes,
    now: datetime,
) -> Referral:
    """Send it; `preview` is the tag of what was shown. Raises `PreviewChanged`, `ReferralsFull`, and as the preview."""
    number = uuid4()
    vault.create_key(owner=by.id, at=now)
    vault.create_key(owner=number, at=now)  # first, in its own database: an orphan is swept
    return _send(
        by=by,
        number=number,
        organisation=organisation,
        chosen={"fields": fields, "goals": goals, "message": message},
        expires_at=now + min(max(expires_in, SHORTEST), LONGEST),
        preview=preview,
        now=now,
    )


@write
def _send(
    *,
    by: Account,
    number: UUID,
    organisation: UUID,
    chosen: dict[str, Any],
    expires_at: datetime,
    preview: bytes,
    now: datetime,
) -> Referral:
    accounts.account(account=by.id, lock=True)  # so that the consent stays as it is
    receiver = access.receiver(organisation=organisation, lock=True)
    shown = preview_referral(by=by, organisation=organisation, **chosen, now=now)
    if not seal.tag_matches(purpose="referral", parts=_told(by, receiver, shown.lines), tag=preview):
        raise errors.PreviewChanged
    if Referral.objects.filter(account=by, state="waiting").count() >= MAX_OPEN:
        raise errors.ReferralsFull
    referral = Referral(id=number, account=by, organisation=receiver, sent_at=now, expires_at=expires_at)
    text = orjson.dumps(shown.lines)
    referral.sent = vault.seal_for(owner=number, text=text, aad=sent_place(referral))
    referral.kept = vault.seal_for(owner=by.id, text=text, aad=kept_place(referral))
    referral.save(force_insert=True)
    append(stream=by.inbox, kind=events.REFERRAL_CHANGED, ref=referral.id, at=now)
    deliver_to_coordinators(organisation=receiver.id, kind=Kind.CONTACTS, now=now)
    return referral


def _gather(*, by: Account, fields: Collection[str], goals: Collection[UUID], message: str, now: datetime) -> Lines:
    """The lines in a fixed order; what the member has not said anywhere is not in them."""
    profile = profiles.profile(by=by)
    lines: Lines = []
    for field in FIELDS:
        if field not in fields:
            continue
        value: Any = about_of(profile) if field == "about" else getattr(profile, field)
        if field == "region":
            value = profile.region.name if profile.region else None
        if value:
            lines.append({"key": field, "values" if isinstance(value, list) else "text": value})
    lines += [{"key": "goal", "text": text} for text in _goals(by=by, goals=goals, now=now)]
    if message:
        lines.append({"key": "message", "text": normalise_body(text=message, limit=MAX_MESSAGE)})
    return lines


def _goals(*, by: Account, goals: Collection[UUID], now: datetime) -> list[str]:
    found = list(journeys.goals_of(account=by).filter(id__in=goals).order_by("written_at", "id"))
    if len(found) < len(set(goals)):
        raise NotFound("not_found", errors=(FieldError("/goals", "not_found"),))
    return [words.text for _, words in journeys.read_lines(found, by=by, now=now)]


def _told(by: Account, receiver: Organisation, lines: Lines) -> tuple[bytes, ...]:
    return by.id.bytes, receiver.id.bytes, orjson.dumps(lines)
