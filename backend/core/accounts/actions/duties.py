"""The roster of an organisation, kept by its coordinators.

It is two rosters in one. Who is on duty as a moderator is called for cases, and can take them; who is on duty as a
coordinator is there for the members that they are beside. So a reserve has the same role, and each stands by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts import access, errors, queries
from backend.core.accounts.models import Account, Duty, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import NotFound

LONGEST = timedelta(days=14)
AHEAD = timedelta(days=366)
KEPT = timedelta(days=60)  # after it is over
MOST = 400  # to come, of one organisation


@write
def add_duty(
    *, by: Account, role: UUID, reserve: UUID | None, begins_at: datetime, ends_at: datetime, now: datetime
) -> Duty:
    """Put somebody of the caller's organisation on duty.

    Raises `NotFound`, `DutyTimeUnfit`, `DutyTaken`, `DutyUnfit`.
    """
    mine = access.role(account=by, kind=Role.Kind.COORDINATOR)
    if mine.organisation_id is None:
        raise NotFound
    there = access.organisations(ids=[mine.organisation_id])[mine.organisation_id]
    if not begins_at < ends_at <= begins_at + LONGEST or ends_at <= now or ends_at > now + AHEAD:
        raise errors.DutyTimeUnfit
    people = {
        one.id: one for one in queries.duty_roles(organisation=there).select_for_update(no_key=True, of=("self",))
    }
    if role not in people or (reserve is not None and reserve not in people):
        raise errors.DutyUnfit
    kind = people[role].kind
    if reserve is not None and (people[reserve].account_id == people[role].account_id or people[reserve].kind != kind):
        raise errors.DutyUnfit
    to_come = Duty.objects.filter(organisation=there, ends_at__gt=now)
    then = to_come.filter(begins_at__lt=ends_at, ends_at__gt=begins_at, role__kind=kind)
    if then.exists() or to_come.count() >= MOST:
        raise errors.DutyTaken
    made = Duty.objects.create(
        organisation=there, role=people[role], reserve_id=reserve, begins_at=begins_at, ends_at=ends_at
    )
    _audit("duty.added", made, by=by, now=now)
    return made


@write
def drop_duty(*, by: Account, duty: UUID, now: datetime) -> None:
    """Take a duty off the roster of the caller's organisation. Raises `NotFound`."""
    mine = access.role(account=by, kind=Role.Kind.COORDINATOR)
    there = Duty.objects.select_for_update(no_key=True).filter(id=duty, organisation=mine.organisation_id).first()
    if there is None:
        raise NotFound
    _audit("duty.dropped", there, by=by, now=now)
    there.delete()


def leave_duties(role: Role, at: datetime) -> None:
    """A role has ended: the reserve takes over its duties; one without a reserve falls away.

    Inside the ending's write.
    """
    Duty.objects.filter(reserve=role, ends_at__gt=at).update(reserve=None)
    for there in Duty.objects.select_for_update(no_key=True).filter(role=role, ends_at__gt=at).order_by("id"):
        if there.reserve_id is None:
            _audit("duty.dropped", there, by=None, now=at)
            there.delete()
        else:
            there.role_id, there.reserve_id = there.reserve_id, None
            there.save(update_fields=["role", "reserve"])
            _audit("duty.taken_over", there, by=None, now=at)


def forget_duties(now: datetime) -> int:
    """Drop duties that are long over; → how many."""
    return Duty.objects.filter(ends_at__lt=now - KEPT).delete()[0]


def _audit(action: str, duty: Duty, *, by: Account | None, now: datetime) -> None:
    told = {
        "duty": str(duty.id),
        "role": str(duty.role_id),
        "reserve": str(duty.reserve_id) if duty.reserve_id else None,
        "from": duty.begins_at.isoformat(),
        "until": duty.ends_at.isoformat(),
    }
    audit(action=action, at=now, by=by.id if by else None, subject=duty.organisation_id, data=told)
