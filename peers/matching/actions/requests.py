"""A member asks for somebody beside them: proposals, or a wait that is dated, goes on by itself, and is told of."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.core.accounts.models import Account, Organisation, Region
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import FieldError, NotFound
from backend.core.push.actions.waking import deliver_to_coordinators
from backend.core.push.vocabulary import Kind
from backend.core.streams.append import append
from messaging.actions.locks import hold_accounts
from peers.contacts import queries as contacts
from peers.contacts.actions.interim import begin_interim
from peers.contacts.errors import PlaceTaken
from peers.contacts.models import Contact
from peers.matching import access, errors, queries
from peers.matching.events import MATCH_CHANGED
from peers.matching.models import Match, Request
from peers.matching.ranking import MOST, Wishes, draw_by, rank, rank_houses
from peers.matching.wishes import seal_reasons, seal_wishes, wishes_of

LAPSES_AFTER = timedelta(days=7)
TRIED_AGAIN = timedelta(days=1)
TOLD_AFTER = timedelta(days=3)  # of waiting, the coordinators of an organisation are asked to look, too
MOST_A_DAY = 3  # requests with new wishes
MOST_A_MONTH = 12
MOST_SHOWN = 9  # different people in 30 days: nobody can page through peer experts by asking again


@write
def ask_match(*, by: Account, wishes: Wishes, now: datetime, seed: bytes | None = None) -> tuple[Request, bool]:
    """Ask for somebody; → the open request, and whether it is new. The same wishes again are the same request.

    Other wishes close the open request and its proposals. `seed`: 16 bytes, drawn if not given.
    Raises `ValueUnknown`, `WishesContradict`, `ManyRequests`, `PlaceTaken` with both a contact person and a backup.
    """
    _check(wishes)
    hold_accounts(by.id)
    parts = {there.part for there in contacts.contacts_of(member=by) if not there.interim}
    if parts == set(Contact.Part.values):
        raise PlaceTaken
    there = access.open_request(by=by, lock=True)
    if there is not None and wishes_of(there) == wishes:
        _look_again(there, by, now=now)
        return there, False
    _take_limit(by, now=now)
    if there is not None:
        close(there, to="withdrawn", matches="passed", now=now)
    seed = seed or secrets.token_bytes(16)
    made = Request(member=by, seed=seed, asked_at=now, waiting_since=now, due_at=now + TRIED_AGAIN)
    made.wishes = seal_wishes(made, wishes)
    made.save(force_insert=True)
    propose(made, by, wishes, now=now)
    append(stream=by.inbox, kind=MATCH_CHANGED, at=now)
    return made, True


@write
def withdraw_request(*, by: Account, now: datetime) -> None:
    """Wish for nobody new. A second time changes nothing."""
    hold_accounts(by.id)
    there = access.open_request(by=by, lock=True)
    if there is not None:
        close(there, to="withdrawn", matches="passed", now=now)
        append(stream=by.inbox, kind=MATCH_CHANGED, at=now)


@write
def ask_organisation(*, by: Account, organisation: UUID, now: datetime) -> Contact:
    """Let an organisation be there in the meantime: its coordinator, or the deputy, is interim contact.

    The request waits on. Raises `NotFound` for an organisation that cannot, `NotWaiting`, and as `begin_interim`.
    """
    request = access.open_request(by=by)
    if request is None or request.state != "waiting":
        raise errors.NotWaiting
    there = Organisation.objects.select_related("coordinator", "deputy").filter(id=organisation).first()
    if there is None or not there.is_active:
        raise NotFound
    cannot = contacts.cannot_step_in(member=by.id, besides=())
    for role in (there.coordinator, there.deputy):
        if role is not None and role.account_id not in cannot and not role.account.is_locked:
            contact = begin_interim(member=by, role=role, now=now)
            append(stream=by.inbox, kind=MATCH_CHANGED, at=now)
            return contact
    raise NotFound


def propose(request: Request, member: Account, wishes: Wishes, *, now: datetime) -> bool:
    """Look for people who fit, and propose them; whether there are any. The caller holds member and request.

    Once enough different people were shown, only those are shown again.
    """
    found = queries.candidates(member=member, at=now)
    shown = queries.peers_shown(member=member, at=now)
    if len(shown) > MOST_SHOWN - MOST:
        found = [there for there in found if there.key in shown]
    best = rank(wishes=wishes, candidates=found, at=now, draw=draw_by(bytes(request.seed)))
    if not best:
        return False
    for place, proposal in enumerate(best, start=1):
        match = Match(request=request, place=place, proposed_at=now, lapses_at=now + LAPSES_AFTER)
        match.peer_id = proposal.key
        match.reasons = seal_reasons(match, proposal.reasons)
        match.save(force_insert=True)
    request.move(to="proposed")
    request.waiting_since = request.told_at = request.organisation = None
    request.due_at = now + LAPSES_AFTER
    request.save(update_fields=["state", "waiting_since", "told_at", "organisation", "due_at"])
    return True


def wait(request: Request, *, now: datetime) -> None:
    """Nobody is proposed any more: the request waits, and somebody is looked for again tomorrow."""
    request.move(to="waiting")
    request.waiting_since, request.due_at = now, now + TRIED_AGAIN
    request.save(update_fields=["state", "waiting_since", "due_at"])


def close(request: Request, *, to: str, matches: str, now: datetime) -> None:
    """End a request and what is still proposed; wishes and reasons are forgotten."""
    for match in Match.objects.select_for_update(no_key=True).filter(request=request, state="proposed"):
        match.move(to=matches)
        match.decided_at = now
        match.save(update_fields=["state", "decided_at"])
    Match.objects.filter(request=request).update(reasons=None)
    request.move(to=to)
    request.wishes = request.due_at = request.waiting_since = request.told_at = request.organisation = None
    request.closed_at = now
    request.save()


def tell_organisation(request: Request, wishes: Wishes, *, now: datetime) -> bool:
    """Ask an organisation's coordinators to look once it has waited long; others, if that one is no more."""
    since = request.waiting_since or now
    told = request.organisation is not None and request.organisation.is_active
    if since + TOLD_AFTER > now or told:
        return False
    best = rank_houses(wishes=wishes, houses=queries.houses(), draw=draw_by(bytes(request.seed)), most=1)
    if not best:
        return False
    request.organisation_id, request.told_at = best[0], now
    request.save(update_fields=["organisation", "told_at"])
    deliver_to_coordinators(organisation=best[0], kind=Kind.CONTACTS, now=now)
    audit(action="match.wait_told", at=now, by=None, subject=request.organisation_id, data={"request": str(request.id)})
    return True


def read_wishes(given: Mapping[str, Any]) -> Wishes:
    """Wishes from checked input: keys as in `Wishes`, `avoid` as {region, language_community}."""
    avoid = given.get("avoid") or {}
    lists = ("languages", "domains", "directions", "times")
    return Wishes(
        **{name: tuple(given.get(name, ())) for name in lists},
        region=given.get("region"),
        gender=given.get("gender"),
        backgrounds=tuple(given.get("backgrounds", ())),
        not_with=frozenset(given.get("not_with", ())),
        avoid_region=avoid.get("region"),
        avoid_community=avoid.get("language_community"),
    )


def _check(wishes: Wishes) -> None:
    if wishes.avoid_community in wishes.languages:
        raise errors.WishesContradict(errors=(FieldError("/avoid/language_community", errors.WishesContradict.code),))
    named = {"/region": wishes.region, "/avoid/region": wishes.avoid_region}
    known = set(Region.objects.filter(key__in=[key for key in named.values() if key]).values_list("key", flat=True))
    for pointer, key in named.items():
        if key is not None and key not in known:
            raise errors.ValueUnknown(errors=(FieldError(pointer, errors.ValueUnknown.code),))


def _take_limit(by: Account, *, now: datetime) -> None:
    asked = list(
        Request.objects.filter(member=by, asked_at__gt=now - queries.SHOWN_WITHIN)
        .order_by("-asked_at")
        .values_list("asked_at", flat=True)[:MOST_A_MONTH]
    )
    for most, within in ((MOST_A_DAY, timedelta(days=1)), (MOST_A_MONTH, queries.SHOWN_WITHIN)):
        if len(asked) >= most and asked[most - 1] > now - within:
            raise errors.ManyRequests(retry_after=(asked[most - 1] + within - now).total_seconds())


def _look_again(request: Request, member: Account, *, now: datetime) -> None:
    """None of the proposed is free any more: others are looked for in the same request."""
    matches = queries.proposals_of(request)
    if not matches or queries.free_peers(matches=matches, at=now):
        return
    Match.objects.filter(id__in=[match.id for match in matches]).update(state="lapsed", decided_at=now, reasons=None)
    wait(request, now=now)
    wishes = wishes_of(request)
    if wishes is not None:
        propose(request, member, wishes, now=now)
    append(stream=member.inbox, kind=MATCH_CHANGED, at=now)
