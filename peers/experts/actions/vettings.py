"""Vetting: an organisation's checklist, and the two people who sign that it holds. Good for a year, then renewed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account, Organisation, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from backend.core.text import normalise_line
from peers.experts import access, errors, queries
from peers.experts.models import Checklist, Expert, Vetting
from peers.experts.models.checklist import MAX_ITEM, MAX_ITEMS
from peers.experts.models.vetting import RUNNING


@write
def set_checklist(*, by: Account, items: Iterable[str], now: datetime) -> Checklist:
    """Give the caller's organisation a new version of its checklist; the same items again change nothing.

    Raises `NotFound` for who coordinates nothing, `ChecklistEmpty`, and what `normalise_line` refuses.
    """
    role = access.coordinator(by=by)
    chosen = list(dict.fromkeys(normalise_line(text=item, limit=MAX_ITEM) for item in items))
    if not 1 <= len(chosen) <= MAX_ITEMS:
        raise errors.ChecklistEmpty
    if role.organisation_id is None:
        raise NotFound
    organisation = Organisation.objects.select_for_update(no_key=True).get(id=role.organisation_id)
    present = queries.checklist_of(organisation=organisation.id)
    if present is not None and present.items == chosen:
        return present
    version = present.version + 1 if present else 1
    audit(action="checklist.changed", at=now, by=by.id, subject=organisation.id, data={"version": version})
    return Checklist.objects.create(organisation=organisation, version=version, items=chosen, made_at=now)


@write
def start_vetting(*, by: Account, peer: UUID, partner: UUID | None = None, now: datetime) -> Vetting:
    """Ask for two signatures for a peer expert, anew or to renew; `partner` may give the other one.

    `by` coordinates their organisation. Raises `NotFound`, `ChecklistNeeded`, `PartnerUnfit`, `VettingRunning`.
    """
    expert = access.led_expert(by=by, peer=peer, lock=True)
    own = expert.role.organisation_id
    checklist = queries.checklist_of(organisation=own) if own else None
    if checklist is None:
        raise errors.ChecklistNeeded
    if partner is not None:
        there = Organisation.objects.filter(id=partner).first()
        if there is None or not there.is_active or there.id == own:
            raise errors.PartnerUnfit
    if Vetting.objects.filter(expert=expert, state__in=RUNNING).exists():
        raise errors.VettingRunning
    made = Vetting.objects.create(expert=expert, checklist=checklist, partner_id=partner, asked_at=now)
    _audit("vetting.asked", made, by=by, now=now)
    return made


@write
def sign_vetting(*, by: Account, vetting: UUID, items: Collection[int], now: datetime) -> Vetting:
    """Sign that every item holds; `items` are the places in the checklist that the signer has looked at, from 0.

    Two people sign, neither of them the peer expert, at least one of the peer expert's own organisation; the second
    signature makes it valid for a year. Raises `NotFound`, `ChecklistIncomplete`, `OwnVetting`, `SignedAlready`,
    `OwnSignatureNeeded`, `Conflict` once it runs no more.
    """
    role = access.coordinator(by=by)
    there, expert = _hold(by=by, vetting=vetting)
    if expert.role.account_id == by.id:
        raise errors.OwnVetting
    if set(items) != set(range(len(there.checklist.items))):
        raise errors.ChecklistIncomplete
    before = Role.objects.filter(id=there.first_by_id).first() if there.first_by_id else None
    if before is None:
        there.move(to="signed_once")
        there.first_by, there.first_at = role, now
    else:
        if there.state in RUNNING and before.account_id == by.id:
            raise errors.SignedAlready
        there.move(to="valid")
        if expert.role.organisation_id not in (before.organisation_id, role.organisation_id):
            raise errors.OwnSignatureNeeded
        there.second_by, there.second_at = role, now
        there.valid_until = expert.vetted_until = a_year_after(now)
        expert.version += 1
        expert.save(update_fields=["vetted_until", "version"])
        append(stream=expert.role.account.inbox, kind=SETTINGS_CHANGED, at=now)
    there.save()
    _audit("vetting.signed", there, by=by, now=now)
    return there


@write
def drop_vetting(*, by: Account, vetting: UUID, now: datetime) -> Vetting:
    """End a vetting without a result; one that is still good stays good. Again changes nothing.

    `by` coordinates the peer expert's organisation or the partner. Raises `NotFound`, `Conflict` once it is valid.
    """
    there, _ = _hold(by=by, vetting=vetting)
    if there.state == "dropped":
        return there
    there.move(to="dropped")
    there.save(update_fields=["state"])
    _audit("vetting.dropped", there, by=by, now=now)
    return there


def a_year_after(moment: datetime) -> datetime:
    """The same day of the next year; the 28th for a 29th of February."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, day=28)


def _hold(*, by: Account, vetting: UUID) -> tuple[Vetting, Expert]:
    """The vetting as it is now, and its peer expert, both locked: the peer expert first."""
    found = access.vetting(by=by, vetting=vetting)
    experts = Expert.objects.select_for_update(no_key=True, of=("self",)).select_related("role__account")
    held = experts.get(role=found.expert_id)
    vettings = Vetting.objects.select_for_update(no_key=True, of=("self",)).select_related("checklist", "expert__role")
    return vettings.get(id=vetting), held


def _audit(action: str, vetting: Vetting, *, by: Account, now: datetime) -> None:
    told = {"vetting": str(vetting.id), "peer": str(vetting.expert_id), "state": vetting.state}
    audit(action=action, at=now, by=by.id, subject=vetting.expert.role.account_id, data=told)
