"""Calling somebody: a case that nobody takes calls more and more people, and says to none of them what it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models.functions import Coalesce

from backend.core.accounts.models import Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.push.actions.waking import wake_on_duty
from backend.core.streams.append import append
from moderation import events
from moderation.models import Case, Decision, Watch
from moderation.models.case import JOINED
from moderation.models.watch import STEPS
from moderation.policy import OTHERS_FIRST
from moderation.queries.duty import called, others_first, seconds_for
from moderation.reasons import Priority

AT_ONCE = 50  # cases of one run of the job
PATIENCE = timedelta(minutes=10)  # of each step, until it is overdue
AGAIN = timedelta(minutes=30)  # while it is overdue


def watch(*, case: Case, now: datetime) -> None:
    """From now on somebody is called for it: at once if it is urgent, else when the promised time is over.

    Inside the write that holds the case.
    """
    urgent = case.priority == Priority.HIGH and case.state == "open"
    Watch.objects.update_or_create(
        case=case,
        defaults={
            "step": STEPS[0] if urgent else STEPS[-1],
            "due_at": now if urgent else case.due_at,
            "escalated_at": None,
        },
    )


def watch_review(*, case: Case, due_at: datetime) -> None:
    """What was done at once is reviewed by then, or people are called. Inside the write that holds the case."""
    Watch.objects.update_or_create(case=case, defaults={"step": STEPS[-1], "due_at": due_at, "escalated_at": None})


def watch_beside(*, case: Case, due_at: datetime) -> None:
    """As `watch_review`, of something done beside a case that is open still and is watched for itself."""
    there, made = Watch.objects.get_or_create(case=case, defaults={"step": STEPS[-1], "due_at": due_at})
    if not made and there.due_at > due_at:
        there.due_at = due_at
        there.save(update_fields=["due_at"])


def call_seconds(*, made: Decision, now: datetime) -> None:
    """Something waits for a second person: whoever may be that one is called. Inside the write that holds the case.

    Those of another organisation first, if there are any; the others some hours later.
    """
    ask_others_first(made=made, people=seconds_for(made=made), now=now)
    _wake(seconds_for(made=made), now=now)


def ask_others_first(*, made: Decision, people: list[Role], now: datetime) -> None:
    """For the first hours only those of another organisation answer, if there are any."""
    others = others_first(made=made, people=people)
    if others and len(others) < len(people):
        made.others_until = now + OTHERS_FIRST
        made.save(update_fields=["others_until"])


def call_due(*, now: datetime) -> int:
    """The job: looks at every case whose time has come; → how many."""
    found = list(Watch.objects.filter(due_at__lte=now).order_by("due_at").values_list("case", flat=True)[:AT_ONCE])
    for case in found:
        _look(case, now=now)
    return len(found)


@write
def _look(case: UUID, *, now: datetime) -> None:
    there = Case.objects.select_for_update(no_key=True).filter(id=case).first()
    row = Watch.objects.select_for_update().filter(case=case, due_at__lte=now).first()
    if there is None or row is None:
        return
    for made in there.decisions.filter(state="asked", others_until__lte=now):
        made.others_until = None
        made.save(update_fields=["others_until"])
        _wake(seconds_for(made=made), now=now)
    until = _may_wait_until(there, now=now)
    if until is None:
        row.delete()
        return
    if until > now:
        row.due_at = until
        row.save(update_fields=["due_at"])
        return
    _call(there, row, now=now)


def _wake(people: Iterable[Role], *, now: datetime) -> None:
    for role in people:
        append(stream=role.account.inbox, kind=events.DUTY_CALLED, at=now)
        wake_on_duty(account=role.account_id, now=now)


def _may_wait_until(case: Case, *, now: datetime) -> datetime | None:
    """None: nothing waits any more. Later than now: somebody is at it, or another has time still."""
    times = (_review_due(case), _case_due(case, now=now) if case.state in JOINED else None)
    return min((time for time in times if time is not None), default=None)


def _review_due(case: Case) -> datetime | None:
    reviews = Decision.objects.filter(case=case, state="in_force", review_due_at__isnull=False)
    return reviews.order_by("review_due_at").values_list("review_due_at", flat=True).first()


def _case_due(case: Case, *, now: datetime) -> datetime | None:
    if case.holder(at=now) is not None:
        return case.claimed_until
    if case.state == "waiting":
        asked = Decision.objects.filter(case=case, state="asked", lapses_at__isnull=False)
        until = asked.annotate(until=Coalesce("others_until", "lapses_at"))
        return until.values_list("until", flat=True).first() or now
    return now


def _call(case: Case, row: Watch, *, now: datetime) -> None:
    review = _review_due(case)
    late = case.state not in JOINED or case.due_at <= now or (review is not None and review <= now)
    if not late and case.priority != Priority.HIGH:
        row.due_at = case.due_at
        row.save(update_fields=["due_at"])
        return
    step, people = called(case=case, step=STEPS[-1] if late else row.step, at=now)
    # What is not urgent waits for the day: nobody but who is on duty is woken for it.
    if case.priority != Priority.HIGH:
        _, people = called(case=case, step="duty", at=now)
    _wake(people, now=now)
    if late and row.escalated_at is None:
        row.escalated_at = now
        audit(action="case.escalated", at=now, by=None, data={"case": str(case.id)})
    audit(action="case.called", at=now, by=None, data={"case": str(case.id), "step": step, "people": len(people)})
    if late:
        row.step, row.due_at = STEPS[-1], now + (AGAIN if case.priority == Priority.HIGH else 24 * timedelta(hours=1))
    else:
        row.step = STEPS[min(STEPS.index(step) + 1, STEPS.index("partners"))]
        row.due_at = min(now + PATIENCE, case.due_at)
    row.save()
