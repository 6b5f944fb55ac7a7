"""Where a plan's next check-in lies: the one row ahead, made, moved and taken away. The caller holds the plan."""

from __future__ import annotations

from datetime import datetime, timedelta

from peers.checkins.cadence import Due, Rhythm, next_due
from peers.checkins.models import Checkin, Plan
from peers.checkins.models.checkin import ASKED
from peers.checkins.questions import MOST_DOMAINS, VERSION

REMIND_AFTER = timedelta(days=2)
LAPSE_AFTER = timedelta(days=7)


def due_after(plan: Plan, *, last: int | None, now: datetime, rhythm: Rhythm | None = None) -> Due:
    """The next day of the plan's present series after number `last`; after a pause, if it is one."""
    start = max(now, plan.paused_until) if plan.paused_until else now
    return next_due(
        rhythm or plan.rhythm, plan.anchor, after=last, unanswered=plan.unanswered, now=start, series=plan.series
    )


def last_index(plan: Plan) -> int | None:
    """The number of the series' last day that has opened."""
    opened = Checkin.objects.filter(plan=plan, series=plan.series).exclude(state="planned")
    return opened.order_by("-index").values_list("index", flat=True).first()


def planned_row(plan: Plan, there: Due) -> Checkin:
    """A row for that day, not saved. What it will ask is said already, so that opening it is one statement."""
    return Checkin(
        plan=plan,
        series=plan.series,
        index=there.index,
        nominal=there.nominal,
        due_at=there.at,
        questions=VERSION,
        domains=plan.domains[:MOST_DOMAINS],
    )


def plan_next(plan: Plan, *, now: datetime) -> None:
    """Make the row ahead, or move it to where it lies now; a stopped plan has none."""
    ahead = Checkin.objects.filter(plan=plan, state="planned").first()
    if plan.stopped_at is not None:
        if ahead is not None:
            ahead.delete()  # it was never asked
        return
    there = due_after(plan, last=last_index(plan), now=now)
    if ahead is None:
        planned_row(plan, there).save(force_insert=True)
        return
    ahead.series, ahead.index, ahead.nominal, ahead.due_at = plan.series, there.index, there.nominal, there.at
    ahead.save(update_fields=["series", "index", "nominal", "due_at"])


def resolve_asked(plan: Plan, *, to: str, now: datetime) -> Checkin | None:
    """Let the check-in that waits for the member rest, if there is one."""
    asked = Checkin.objects.filter(plan=plan, state__in=ASKED).first()
    if asked is not None:
        asked.move(to=to, at=now)
        asked.save(update_fields=["state", "due_at", "resolved_at"])
    return asked
