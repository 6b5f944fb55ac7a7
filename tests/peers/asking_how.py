"""Check-ins in tests: a plan as a member sets it, the clock moved to a time, and what stands in the database then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min

from backend.core.accounts.models import Account
from backend.core.jobs import run_due
from peers.checkins.actions.answers import Answered, answer_checkin
from peers.checkins.actions.plans import Wishes, set_plan
from peers.checkins.models import Checkin, Plan
from tests.peers.referring import agree

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AMSTERDAM = "Europe/Amsterdam"
BODY: dict[str, Any] = {
    "cadence": "standard",
    "domains": ["housing", "money"],
    "window": {"days": ["mon", "wed", "sun"], "first": "18:00", "end": "21:00"},
    "timezone": AMSTERDAM,
}


def wishes(**given: Any) -> Wishes:
    """Evenings in Amsterdam, asked about housing and money."""
    usual: dict[str, Any] = {
        "preset": "standard",
        "days": range(7),
        "first_minute": 18 * 60,
        "end_minute": 21 * 60,
        "zone": AMSTERDAM,
        "domains": ["housing", "money"],
    }
    return Wishes(**{**usual, **given})


def set_wishes(account: Account, *, now: datetime = MONDAY, **given: Any) -> Plan:
    """Agree, and begin or change a plan."""
    agree(account, "checkins", "sharing", now=now)
    return set_plan(by=account, wishes=wishes(**given), check=lambda version: None, now=now)


def ahead(account: Account) -> Checkin:
    """The check-in that lies ahead."""
    return Checkin.objects.select_related("plan").get(plan=account.id, state="planned")


def open_next(account: Account) -> Checkin:
    """Let the clock come to the next one, a second late; → it, open."""
    there = ahead(account)
    assert there.due_at is not None
    run_due(now=there.due_at + timedelta(seconds=1))
    return Checkin.objects.get(id=there.id)


def days(first: datetime, last: datetime, *, hours: int = 6) -> Iterator[datetime]:
    """Moments at which a worker looks."""
    while first <= last:
        yield first
        first += timedelta(hours=hours)


def next_due() -> datetime | None:
    """When the worker has something of check-ins to do next, of whomever."""
    found = (
        Checkin.objects.aggregate(at=Min("due_at")),
        Plan.objects.aggregate(at=Min("caring_due")),
        Plan.objects.aggregate(at=Min("way_back_due")),
    )
    return min((one["at"] for one in found if one["at"] is not None), default=None)


def live_until(last: datetime) -> None:
    """Let the time pass: the worker looks a second before and a second after each moment at which something is due."""
    while (due := next_due()) is not None and due < last:
        run_due(now=due - timedelta(seconds=1))
        run_due(now=due + timedelta(seconds=1))
    run_due(now=last)


def answer(account: Account, checkin: Checkin, *, now: datetime, wish: str = "no", **said: str) -> Answered:
    """Answer it; without words: well."""
    return answer_checkin(
        by=account, checkin=checkin.id, answers=said or {"overall": "good"}, wish=wish, note="", now=now
    )


def states_of(account: Account) -> list[str]:
    """The states of all check-ins, as they come one after the other."""
    found = Checkin.objects.filter(plan=account.id).order_by("series", "index")
    return list(found.values_list("state", flat=True))


def hour_of(moment: datetime | None, zone: str = AMSTERDAM) -> int:
    """The hour on the wall."""
    assert moment is not None
    return moment.astimezone(ZoneInfo(zone)).hour
