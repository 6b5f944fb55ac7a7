"""The plan: begun, changed, paused, begun anew and stopped, by the member alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from backend.core.accounts import access as accounts
from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account, Organisation
from backend.core.accounts.queries import has_consent
from backend.core.db import write
from backend.core.errors import FieldError, NotFound
from backend.core.sealing import vault
from backend.core.streams.append import append
from backend.core.text import normalise_body
from peers.checkins import access, errors, events
from peers.checkins.actions.planning import plan_next, resolve_asked
from peers.checkins.actions.sharing import end_shares
from peers.checkins.cadence import LONGEST_OWN, SHORTEST_OWN, Window, WindowEmpty
from peers.checkins.models import Checkin, Plan, WayBack
from peers.checkins.questions import MOST_DOMAINS

ZONES = frozenset(available_timezones() - {"Factory", "localtime"})
CONSENT, SHARING = "checkins", "sharing"
LONGEST_PAUSE = timedelta(days=5 * 366)
CARING_EVERY = timedelta(days=30)
MONTH = timedelta(days=30)
MAX_WORDS = 500  # characters
SHORTEST_SILENCE, LONGEST_SILENCE = 2, 60  # months


@dataclass(frozen=True, slots=True)
class WayBackWish:
    """After so many silent months that organisation may greet the member, with these words."""

    months: int
    organisation: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that a member sets. Minutes of the day; days from 0, Monday."""

    preset: str
    days: Collection[int]
    first_minute: int
    end_minute: int
    zone: str
    quiet: tuple[int, int] | None = None
    every_days: int = 0
    domains: Collection[str] = field(default_factory=list)
    reminders: bool = True
    caring: bool = False
    way_back: WayBackWish | None = None
    paused_until: datetime | None = None


def set_plan(*, by: Account, wishes: Wishes, check: Callable[[int], None], now: datetime) -> Plan:
    """Begin or change the plan; a stopped one begins anew. `check` refuses a version that the caller did not know.

    Pausing lets what is open rest; coming back loses nothing. Raises `CheckinsConsentNeeded`, `WindowRefused`,
    `ZoneUnknown`, `PauseTooLong`, `RhythmIncomplete`, `NotFound` (organisation) and what `check` raises.
    """
    _refuse(wishes, now=now)
    vault.create_key(owner=by.id, at=now)
    return _set_plan(by=by, wishes=wishes, check=check, now=now)


@write
def _set_plan(*, by: Account, wishes: Wishes, check: Callable[[int], None], now: datetime) -> Plan:
    accounts.account(account=by.id, lock=True)  # so that the consent stays, and that there is one plan
    if not has_consent(account=by, purpose=CONSENT):
        raise errors.CheckinsConsentNeeded
    found = Plan.objects.select_for_update(no_key=True).filter(account=by).first()
    check(found.version if found else 0)
    plan = found or Plan(account=by, seed=secrets.token_bytes(16), begun_at=now, version=0)
    told = None if found is None or plan.stopped_at else _rhythm_told(plan)
    other_rhythm = (plan.preset, plan.every_days) != (wishes.preset, wishes.every_days)
    was_paused = plan.paused_until is not None and plan.paused_until > now
    plan.preset, plan.every_days, plan.zone = wishes.preset, wishes.every_days, wishes.zone
    plan.days, plan.first_minute, plan.end_minute = sorted(set(wishes.days)), wishes.first_minute, wishes.end_minute
    plan.quiet_first, plan.quiet_end = wishes.quiet or (None, None)
    plan.domains, plan.reminders = list(dict.fromkeys(wishes.domains)), wishes.reminders
    plan.paused_until = wishes.paused_until
    if found is None or plan.stopped_at is not None:
        _begin_series(plan, now=now)
        plan.stopped_at = None
    elif other_rhythm:  # its days have other numbers; the anchor stays, so it is not the early series again
        plan.series += 1
    if not wishes.caring:
        plan.caring_due = None
    elif plan.caring_due is None:
        plan.caring_due = now + CARING_EVERY
    _set_way_back(plan, wishes.way_back, now=now)
    plan.version += 1
    plan.save()
    paused = wishes.paused_until is not None
    if paused and (asked := resolve_asked(plan, to="paused", now=now)):
        append(stream=by.inbox, kind=events.CHECKIN_CHANGED, ref=asked.id, at=now)
    if told != _rhythm_told(plan) or paused or was_paused:
        plan_next(plan, now=now)
    Checkin.objects.filter(plan=plan, state="planned").update(domains=plan.domains)
    append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return plan


@write
def begin_anew(*, by: Account, now: datetime) -> Plan:
    """Something is changing: the early, denser series begins again, as often as the member says so.

    Raises `NotFound` without a running plan.
    """
    plan = access.plan(by=by, lock=True)
    if plan.stopped_at is not None:
        raise NotFound
    _begin_series(plan, now=now)
    plan.paused_until = None
    heard_of(plan, now=now)
    plan.version += 1
    plan.save()
    plan_next(plan, now=now)
    append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return plan


@write
def stop_plan(*, by: Account, now: datetime) -> None:
    """Nobody is asked any more. What was answered stays the member's. A second time changes nothing.

    Raises `NotFound` where there never was a plan.
    """
    plan = access.plan(by=by, lock=True)
    if plan.stopped_at is None:
        stop(plan, inbox=by.inbox, now=now)


def stop(plan: Plan, *, inbox: UUID, now: datetime) -> None:
    """Stop a running plan that the caller holds."""
    plan.stopped_at, plan.paused_until = now, None
    plan.caring_due = plan.way_back_due = None
    plan.version += 1
    plan.save()
    end_way_back(plan, now=now)
    if asked := resolve_asked(plan, to="stopped", now=now):
        append(stream=inbox, kind=events.CHECKIN_CHANGED, ref=asked.id, at=now)
    plan_next(plan, now=now)
    append(stream=inbox, kind=SETTINGS_CHANGED, at=now)


def heard_of(plan: Plan, *, now: datetime) -> None:
    """The member did something: the silence begins anew, and who was asked to greet them need not. Not saved here."""
    plan.way_back_due = now + MONTH * plan.way_back_months if plan.way_back_months else None
    end_way_back(plan, now=now)


def end_way_back(plan: Plan, *, now: datetime) -> None:
    """Nobody needs to greet the member any more."""
    WayBack.objects.filter(account=plan.account_id, ended_at=None).update(ended_at=now)


def follow_consents(account: Account, held: Collection[str], at: datetime) -> None:
    """Who no longer agrees to check-ins is not asked any more; to sharing: nothing is shared any more."""
    plan = Plan.objects.select_for_update(no_key=True).filter(account=account, stopped_at=None).first()
    if plan is not None and CONSENT not in held:
        stop(plan, inbox=account.inbox, now=at)
    if SHARING not in held:
        end_shares(account=account, now=at)


def _begin_series(plan: Plan, *, now: datetime) -> None:
    plan.anchor = now.astimezone(ZoneInfo(plan.zone)).date()
    if plan.version:  # not the very first
        plan.series += 1
    plan.unanswered = 0


def _set_way_back(plan: Plan, wish: WayBackWish | None, *, now: datetime) -> None:
    end_way_back(plan, now=now)
    if wish is None:
        plan.way_back_months = plan.way_back_to = plan.way_back_words = plan.way_back_due = None
        return
    organisation = Organisation.objects.filter(id=wish.organisation, opened_at__isnull=False, closed_at=None).first()
    if organisation is None:
        raise NotFound("not_found", errors=(FieldError("/way_back/organisation", "not_found"),))
    words = normalise_body(text=wish.words, limit=MAX_WORDS)
    plan.way_back_months, plan.way_back_to = wish.months, organisation
    plan.way_back_words = vault.seal_for(owner=plan.account_id, text=words.encode(), aad=plan.way_back_aad)
    plan.way_back_due = now + MONTH * wish.months


def _rhythm_told(plan: Plan) -> Mapping[str, object]:
    fields = ("preset", "every_days", "days", "first_minute", "end_minute", "quiet_first", "quiet_end", "zone")
    return {name: getattr(plan, name) for name in (*fields, "series", "anchor")}


def _refuse(wishes: Wishes, *, now: datetime) -> None:
    if wishes.zone not in ZONES:
        raise errors.ZoneUnknown(errors=(FieldError("/timezone", errors.ZoneUnknown.code),))
    own = wishes.preset == "own"
    if own != bool(wishes.every_days) or (own and not SHORTEST_OWN <= wishes.every_days <= LONGEST_OWN):
        raise errors.RhythmIncomplete(errors=(FieldError("/every_days", errors.RhythmIncomplete.code),))
    try:
        Window(days=frozenset(wishes.days), first=wishes.first_minute, end=wishes.end_minute, quiet=wishes.quiet)
    except WindowEmpty:
        raise errors.WindowRefused(errors=(FieldError("/window", errors.WindowRefused.code),)) from None
    if wishes.paused_until is not None and not now < wishes.paused_until <= now + LONGEST_PAUSE:
        raise errors.PauseTooLong(errors=(FieldError("/paused_until", errors.PauseTooLong.code),))
    if len(set(wishes.domains)) > MOST_DOMAINS:
        raise errors.QuestionNotAsked(errors=(FieldError("/domains", errors.QuestionNotAsked.code),))
