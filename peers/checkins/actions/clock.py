"""What the clock does: opens what is due, reminds once, lets rest what nobody answers, asks for ways back.

Each job claims a batch of rows that nobody else holds and acts on all of them in one write: whoever dies in between has
done nothing. Cost is by what is due, for partial indexes find it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.db import claim, write
from backend.core.push.actions.waking import deliver_to_coordinators
from backend.core.push.vocabulary import Kind
from backend.core.streams.append import append
from peers.checkins import events, figures
from peers.checkins.actions.planning import LAPSE_AFTER, REMIND_AFTER, due_after, plan_next, planned_row
from peers.checkins.cadence import is_safe, next_safe
from peers.checkins.models import Checkin, Plan, WayBack
from peers.checkins.models.checkin import ASKED

BATCH = 250


@write
def open_due(*, now: datetime) -> int:
    """Open the check-ins whose time has come, and make the next ones. Outside the member's hours they wait."""
    found = _claim_with_plan(Checkin.objects.filter(state__in=("planned", "snoozed"), due_at__lte=now))
    opening, rhythms, moved, lags = [], [], [], []
    for checkin in found:
        rhythm = checkin.plan.rhythm
        if not is_safe(rhythm, now):  # the worker was away, or the member has moved: not now
            checkin.due_at = next_safe(rhythm, now)
            moved.append(checkin)
            continue
        opening.append(checkin)
        rhythms.append(rhythm)
        lags.append((now - checkin.due_at).total_seconds() if checkin.due_at else 0.0)
    Checkin.objects.bulk_update(moved, ["due_at"])
    _lapse_older(opening, now=now)  # first: it may make the pace slower
    ahead = [
        planned_row(one.plan, due_after(one.plan, last=one.index, now=now, rhythm=rhythm))
        for one, rhythm in zip(opening, rhythms, strict=True)
        if one.state == "planned"
    ]
    _open(opening, now=now)
    Checkin.objects.bulk_create(ahead)
    for checkin in opening:
        append(stream=checkin.plan.account.inbox, kind=events.CHECKIN_DUE, ref=checkin.id, at=now)
    figures.count_opened(lags=lags)
    return len(found)


@write
def remind_or_lapse(*, now: datetime) -> int:
    """Remind once, inside the member's hours; then let it rest. Silence raises no alarm and changes nothing else."""
    found = _claim_with_plan(Checkin.objects.filter(state="open", due_at__lte=now))
    for checkin in found:
        plan = checkin.plan
        if plan.reminders and checkin.reminded_at is None:
            if not is_safe(plan.rhythm, now):
                checkin.due_at = next_safe(plan.rhythm, now)
                checkin.save(update_fields=["due_at"])
                continue
            checkin.reminded_at, checkin.due_at = now, now + (LAPSE_AFTER - REMIND_AFTER)
            checkin.save(update_fields=["reminded_at", "due_at"])
            append(stream=plan.account.inbox, kind=events.CHECKIN_DUE, ref=checkin.id, at=now)
        else:
            _lapse(checkin, now=now)
    return len(found)


@write
def ask_ways_back(*, now: datetime) -> int:
    """Ask the chosen organisation to greet who has been silent for as long as they said."""
    due = Plan.objects.select_related("account", "way_back_to").filter(way_back_due__lte=now).order_by("way_back_due")
    found = claim(due, limit=BATCH, of=("self",))
    for plan in found:
        plan.way_back_due = None  # once for each silence
        plan.save(update_fields=["way_back_due"])
        if plan.way_back_to is not None and plan.way_back_to.is_active:
            WayBack.objects.get_or_create(
                account=plan.account, ended_at=None, defaults={"organisation": plan.way_back_to, "asked_at": now}
            )
            append(stream=plan.account.inbox, kind=SETTINGS_CHANGED, at=now)
            deliver_to_coordinators(organisation=plan.way_back_to.id, kind=Kind.CONTACTS, now=now)
    return len(found)


def _claim_with_plan(due: QuerySet[Checkin]) -> list[Checkin]:
    """With their plans, both locked: a plan that its member changes right now is left for the next batch."""
    return claim(due.select_related("plan__account").order_by("due_at"), limit=BATCH, of=("self", "plan"))


def _open(opening: list[Checkin], *, now: datetime) -> None:
    """All of a batch in as many statements as there are kinds of them: a bulk update of rows costs ten times that."""
    kinds: dict[tuple[str, timedelta], list[Checkin]] = {}
    for checkin in opening:
        reminds = checkin.plan.reminders and checkin.reminded_at is None
        kinds.setdefault((checkin.state, REMIND_AFTER if reminds else LAPSE_AFTER), []).append(checkin)
    for (state, after), some in kinds.items():
        told: dict[str, Any] = {"opened_at": now} if state == "planned" else {}
        for checkin in some:
            checkin.move(to="open", at=now, due_at=now + after)
        rows = Checkin.objects.filter(id__in=[checkin.id for checkin in some])
        rows.update(state="open", due_at=now + after, **told)


def _lapse_older(opening: list[Checkin], *, now: datetime) -> None:
    """What still waits for a member who is asked anew rests."""
    coming = {checkin.plan_id: checkin for checkin in opening if checkin.state == "planned"}
    older = Checkin.objects.select_related("plan__account").filter(plan__in=coming, state__in=ASKED)
    for checkin in older:
        checkin.plan = coming[checkin.plan_id].plan
        _lapse(checkin, now=now, plans_next=False)


def _lapse(checkin: Checkin, *, now: datetime, plans_next: bool = True) -> None:
    plan = checkin.plan
    checkin.move(to="lapsed", at=now)
    checkin.save(update_fields=["state", "due_at", "resolved_at"])
    plan.unanswered += 1
    plan.save(update_fields=["unanswered"])
    if plans_next and plan.unanswered >= 2:  # from now on less often
        plan_next(plan, now=now)
    append(stream=plan.account.inbox, kind=events.CHECKIN_CHANGED, ref=checkin.id, at=now)
