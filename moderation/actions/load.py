"""The load guard: what somebody meets is counted, there is an end to it, and nobody has to say why not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts.models import Account, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import FieldError, Invalid, NotFound
from moderation import access, errors
from moderation.models import Case, Debrief, Declined, Exposure
from moderation.queries.load import load_of
from moderation.queries.people import MODERATING, moderators
from moderation.reasons import Priority, Reason

KEPT = timedelta(hours=24)  # exposures, then forgotten
DEBRIEFS_KEPT = timedelta(days=30)
DEBRIEFING = (*MODERATING, Role.Kind.COORDINATOR)


def meet(*, role: Role, case: Case, now: datetime) -> None:
    """Somebody takes a case: counted once. Inside the write of the claim. Raises `RestFirst`.

    A life does not wait for a rest: what is urgent and past its promised time may be taken all the same.
    """
    if Exposure.objects.filter(role=role, case_id=case.id).exists():
        return
    overdue = case.priority == Priority.HIGH and case.due_at <= now
    if not overdue and load_of(role=role, at=now).is_full:
        raise errors.RestFirst
    Exposure.objects.create(role=role, case_id=case.id, reason=case.reason, met_at=now)


@write
def decline(*, by: Account, reasons: Collection[str], now: datetime) -> None:
    """Say which kinds of harm one does not want to be given; no reason is asked for. Raises `ModeratorNeeded`."""
    role = access.moderator(by=by)
    if not set(reasons) <= {reason.value for reason in Reason}:
        raise Invalid("value_unknown", errors=(FieldError("/reasons", "value_unknown"),))
    Declined.objects.filter(role=role).exclude(reason__in=reasons).delete()
    Declined.objects.bulk_create([Declined(role=role, reason=each) for each in reasons], ignore_conflicts=True)


@write
def debrief(*, by: Account, role: UUID, now: datetime) -> None:
    """Note that one has talked with somebody about what they met: from then on they take cases again.

    Raises `ModeratorNeeded`, `NotFound`; `SecondIsSame` for oneself.
    """
    mine = access.moderator(by=by, kinds=DEBRIEFING)
    there = moderators().filter(id=role).first()
    if there is None:
        raise NotFound
    if there.account_id == by.id:
        raise errors.SecondIsSame
    Debrief.objects.create(role=there, by=mine, talked_at=now)
    audit(action="moderator.debriefed", at=now, by=by.id, subject=there.account_id)


def forget_load(*, now: datetime) -> int:
    """The job: what is older than a shift is nobody's record; always 0."""
    Exposure.objects.filter(met_at__lte=now - KEPT).delete()
    Debrief.objects.filter(talked_at__lte=now - DEBRIEFS_KEPT).delete()
    return 0
