"""Whom a decision concerns, and how they and the audit are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.streams.append import append
from moderation import events
from moderation.models import Decision
from moderation.queries.people import concerned


def tell_concerned(made: Decision, *, now: datetime) -> None:
    """Not of what does nothing to them: against that there is no appeal, either."""
    person = concerned(made) if made.appeal_until is not None else None
    if person is not None:
        append(stream=person.inbox, kind=events.DECISION_MADE, ref=made.id, at=now)


def note_decision(action: str, made: Decision, *, by: Account | None, now: datetime, **more: object) -> None:
    """An entry in the audit. Who made a report is not in it."""
    told: Mapping[str, object] = {"decision": str(made.id), "case": str(made.case_id), **more}
    audit(action=action, at=now, by=by.id if by else None, subject=made.subject_id, data=told)
