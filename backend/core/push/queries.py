"""Reads about push, each with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Account
from backend.core.push.models import Notifications
from backend.core.push.registry import Place
from backend.core.streams.models import Event

UNSEEN_AFTER = timedelta(days=30)  # a device that has not come for so long is shown; it is pushed to all the same


@dataclass(frozen=True, slots=True)
class PushedTo:
    """One of the account's devices that is pushed to. `unseen`: it has not come for 30 days, perhaps it is no more."""

    session: UUID
    seen_on: date
    unseen: bool


def pushed_to(*, account: Account, at: datetime) -> list[PushedTo]:
    """The devices of the account that are pushed to."""
    rows = accounts.sessions_of(account=account, at=at).filter(push__isnull=False).order_by("created_at", "id")
    since = (at - UNSEEN_AFTER).date()
    return [PushedTo(session=row.id, seen_on=row.seen_on, unseen=row.seen_on <= since) for row in rows]


def notifications_version(*, account: Account) -> int:
    """0 as long as nothing was changed."""
    found = Notifications.objects.filter(account=account).values_list("version", flat=True).first()
    return found or 0


def inboxes_of(events: Iterable[Event]) -> dict[UUID, UUID]:
    """Inbox → its account."""
    inboxes = {event.stream_id for event in events}
    return dict(Account.objects.filter(inbox__in=inboxes).values_list("inbox", "id"))


def woken_while(events: Sequence[Event], states: Mapping[UUID, str], among: Collection[str]) -> dict[Place, list[UUID]]:
    """For `register_woken`: the owner of each inbox, while the event's subject is in one of those states."""
    return woken_owners(events, lambda event, _: event.ref is not None and states.get(event.ref, "") in among)


def woken_owners(events: Sequence[Event], wakes: Callable[[Event, UUID], bool]) -> dict[Place, list[UUID]]:
    """For `register_woken`: the owner of each inbox whose event `wakes(event, owner)`."""
    owners = inboxes_of(events)
    return {
        (event.stream_id, event.seq): [owners[event.stream_id]]
        for event in events
        if event.stream_id in owners and wakes(event, owners[event.stream_id])
    }
