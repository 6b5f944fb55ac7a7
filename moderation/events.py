"""What inboxes are told of moderation. Each says only what to read again.

| kind            | inbox of                 | ref      |
|-----------------|--------------------------|----------|
| report.changed  | who reported             | report   |
| decision.made   | whom it concerns         | decision |
| appeal.changed  | who appealed             | appeal   |
| care.changed    | whom others worry about  | talk     |
| care.asked      | their contact person     | ask      |
| case.changed    | everybody who moderates  |          |
| duty.called     | who is on duty, or near  |          |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from backend.core.accounts.models import Account
from backend.core.streams import registry
from backend.core.streams.append import append
from backend.core.streams.item import Item
from backend.core.streams.models import Event
from messaging.payloads import dump
from moderation.queries.people import moderators

REPORT_CHANGED = "report.changed"
DECISION_MADE = "decision.made"
APPEAL_CHANGED = "appeal.changed"
CARE_CHANGED = "care.changed"
CARE_ASKED = "care.asked"
CASE_CHANGED = "case.changed"
DUTY_CALLED = "duty.called"

_NAMES = {
    REPORT_CHANGED: "report",
    DECISION_MADE: "decision",
    APPEAL_CHANGED: "appeal",
    CARE_CHANGED: "talk",
    CARE_ASKED: "ask",
}


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[*_NAMES, CASE_CHANGED, DUTY_CALLED], renderer=render)


def render(events: Sequence[Event]) -> Iterable[Item]:
    """The id to read again; of cases, only that something has changed."""
    for event in events:
        named = {_NAMES[event.kind]: event.ref} if event.kind in _NAMES else {}
        yield Item(seq=event.seq, data=dump({"type": event.kind, **named, "seq": event.seq}))


def tell_moderators(*, now: datetime) -> None:
    """The queue has changed."""
    for account in Account.objects.filter(id__in=moderators().values("account")).order_by("id"):
        append(stream=account.inbox, kind=CASE_CHANGED, at=now)
