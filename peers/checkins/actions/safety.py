"""The safety plan, written by the member; and the way back, answered by their organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import orjson

from backend.core.accounts import access as accounts
from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.sealing import vault
from backend.core.sealing.vault import Opening, Reason
from backend.core.streams.append import append
from backend.core.text import normalise_body
from messaging.actions.direct import start_direct
from messaging.actions.locks import hold_accounts
from peers.checkins import errors
from peers.checkins.models import Plan, SafetyPlan, WayBack
from peers.contacts.queries import cannot_step_in

PARTS = ("helps", "call", "not_call", "other")
MAX_PART = 2000  # characters


def set_safety_plan(
    *, by: Account, texts: Mapping[str, str], check: Callable[[int], None], now: datetime
) -> SafetyPlan:
    """Write it: what helps, whom to call, whom not, what else. `check` refuses what was not known."""
    vault.create_key(owner=by.id, at=now)
    return _set(by=by, texts=texts, check=check, now=now)


@write
def _set(*, by: Account, texts: Mapping[str, str], check: Callable[[int], None], now: datetime) -> SafetyPlan:
    accounts.account(account=by.id, lock=True)
    there = SafetyPlan.objects.filter(account=by).first() or SafetyPlan(account=by, version=0)
    check(there.version)
    told = {part: normalise_body(text=text, limit=MAX_PART) if (text := texts.get(part, "")) else "" for part in PARTS}
    there.version, there.changed_at = there.version + 1, now
    there.sealed = vault.seal_for(owner=by.id, text=orjson.dumps(told), aad=there.aad)
    there.save()
    append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return there


def read_safety_plan(*, by: Account, now: datetime) -> tuple[int, dict[str, str]]:
    """(version, texts) for the member; version 0 and empty as long as nothing was written."""
    there = SafetyPlan.objects.filter(account=by).first()
    if there is None:
        return 0, dict.fromkeys(PARTS, "")
    (text,) = vault.open_own(account=by.id, sealed=[(bytes(there.sealed), there.aad)], now=now)
    return there.version, orjson.loads(text)


@write
def read_way_back(*, role: Role, way_back: UUID, now: datetime) -> str:
    """The member's own words for being greeted, for a coordinator of the organisation; an entry that the member sees.

    Raises `NotFound`.
    """
    there = _way_back(role, way_back)
    plan = Plan.objects.get(account=there.account_id)
    if plan.way_back_words is None:
        raise NotFound
    opening = Opening(
        reason=Reason.SHARE,
        by=role.account_id,
        of=there.account_id,
        what="way_back",
        ref=there.id,
        role=role.id,
        role_kind=role.kind,
    )
    sealed = bytes(plan.way_back_words)
    return vault.open_one(
        owner=plan.account_id, opening=opening, sealed=sealed, aad=plan.way_back_aad, now=now
    ).decode()


@write
def open_way_back_talk(*, role: Role, way_back: UUID, now: datetime) -> UUID:
    """The direct talk in which the member is greeted, made if there is none.

    Raises `NotFound`, and `GreetedByOthers` where the two do not talk with each other.
    """
    member = WayBack.objects.filter(id=way_back).values_list("account", flat=True).first()
    if member is None:
        raise NotFound
    hold_accounts(member, role.account_id)  # accounts come first
    there = _way_back(role, way_back)
    if role.account_id in cannot_step_in(member=member, besides=()):
        raise errors.GreetedByOthers
    return start_direct(member=there.account, peer=role, alias=None, now=now).id


@write
def mark_greeted(*, role: Role, way_back: UUID, now: datetime) -> None:
    """They have been greeted. Raises `NotFound`."""
    there = _way_back(role, way_back)
    there.greeted_at = now
    there.save(update_fields=["greeted_at"])
    audit(action="way_back.greeted", at=now, by=role.account_id, subject=there.account_id, data={"role": str(role.id)})


def _way_back(role: Role, way_back: UUID) -> WayBack:
    running = Role.objects.filter(id=role.id, kind=Role.Kind.COORDINATOR, ended_at=None)
    found = WayBack.objects.select_for_update(of=("self",)).filter(
        id=way_back, organisation=role.organisation_id, greeted_at=None, ended_at=None
    )
    there = found.first() if running.exists() else None
    if there is None:
        raise NotFound
    return there
