"""From "this account is to be woken" to one waiting delivery for each of its devices."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.push import registry
from backend.core.push.models import Delivery, Device
from backend.core.push.vocabulary import DUTY, TEST, Kind
from backend.core.streams.models import Event

JITTER_S = 30.0  # so that when somebody is woken does not tell when something happened
TTL = timedelta(hours=24)
HEARD_KEPT = 20  # the latest are enough to ask whether any still counts

# Nobody is to wait for a push that has nowhere to go.
WISH = """
INSERT INTO push_wish (account_id, kind, at)
SELECT %s, %s, %s WHERE EXISTS (
  SELECT FROM push_device d JOIN accounts_session s ON s.id = d.session_id WHERE s.account_id = %s)
"""
# For who answers for an organisation now.
WISH_SEATS = """
INSERT INTO push_wish (account_id, kind, at)
SELECT DISTINCT r.account_id, %s, %s::timestamptz
FROM accounts_organisation o JOIN accounts_role r ON r.id IN (o.coordinator_id, o.deputy_id) AND r.ended_at IS NULL
WHERE o.id = %s AND EXISTS (
  SELECT FROM push_device d JOIN accounts_session s ON s.id = d.session_id WHERE s.account_id = r.account_id)
"""


@dataclass(slots=True)
class Reasons:
    """Why an account is woken: kinds that were wished, and events that were heard."""

    wished: set[str] = field(default_factory=set)
    heard: list[Event] = field(default_factory=list)

    def kinds(self) -> set[Kind]:
        """What all of it is for them."""
        told = {registry.kind_of(event.kind) for event in self.heard}
        return {kind for kind in Kind if kind in self.wished} | {kind for kind in told if kind is not None}


@write
def deliver(*, account: Account | UUID, kind: Kind, now: datetime) -> None:
    """Wake this account: a row in the running write, one insert, no lock; the worker does the rest.

    Nothing is written, and nothing fails, when the account has no device or no push is set up.
    """
    owner = account.id if isinstance(account, Account) else account
    with connection.cursor() as cursor:
        cursor.execute(WISH, [owner, Kind(kind), now, owner])


@write
def wake_on_duty(*, account: UUID, now: datetime) -> None:
    """As `deliver`, for who is on duty: nothing that they chose for themselves as a member keeps it back."""
    with connection.cursor() as cursor:
        cursor.execute(WISH, [account, DUTY, now, account])


@write
def deliver_to_coordinators(*, organisation: UUID, kind: Kind, now: datetime) -> None:
    """Wake the coordinator and the deputy of an organisation: something waits in the console. As `deliver`."""
    with connection.cursor() as cursor:
        cursor.execute(WISH_SEATS, [Kind(kind), now, organisation])


def wake(reasons: Mapping[UUID, Reasons], *, now: datetime) -> int:
    """Inside a write of the worker's: let one delivery wait for each device of these accounts; → how many devices."""
    # Held, in order, before their deliveries: a session that ends meanwhile takes both with it.
    rows = Device.objects.select_related("session").filter(session__account__in=list(reasons)).order_by("session")
    devices = {row.session_id: row.session.account_id for row in rows.select_for_update(of=("self",), no_key=True)}
    if not devices:
        return 0
    closing = _whose_hours_end(reasons, by=now + timedelta(seconds=JITTER_S))
    due = {one: now if account in closing else now + jitter() for one, account in devices.items()}
    Delivery.objects.bulk_create(
        [Delivery(device_id=one, due_at=due[one], expires_at=now + TTL) for one in sorted(devices)],
        ignore_conflicts=True,
    )
    waiting = Delivery.objects.select_for_update(of=("self",)).filter(device__in=list(devices))
    found = list(waiting.order_by("device_id"))
    for row in found:
        why = reasons[devices[row.device_id]]
        row.wished = sorted({*row.wished, *why.wished})
        heard = [*row.heard, *([str(event.stream_id), event.seq] for event in why.heard)]
        row.heard = heard[-HEARD_KEPT:]
        row.again = row.lease is not None
        row.expires_at = max(row.expires_at, now + TTL)
    Delivery.objects.bulk_update(found, ["wished", "heard", "again", "expires_at"])
    return len(found)


def _whose_hours_end(reasons: Mapping[UUID, Reasons], *, by: datetime) -> set[UUID]:
    """Whom a push after its jitter might find outside of their hours, which can mean a day later."""
    kinds = {account: why.kinds() for account, why in reasons.items()}
    return {account for (account, _), opens in registry.hours_of(kinds).items() if opens(by) > by}


@write
def wake_device(*, device: UUID, now: datetime) -> None:
    """The test: this device, at once."""
    Delivery.objects.bulk_create([Delivery(device_id=device, due_at=now, expires_at=now + TTL)], ignore_conflicts=True)
    row = Delivery.objects.select_for_update(of=("self",)).get(device=device)
    row.wished = sorted({*row.wished, TEST})
    row.again = row.lease is not None
    if row.lease is None:
        row.due_at = now
    row.save(update_fields=["wished", "again", "due_at"])


def jitter() -> timedelta:
    """Up to half a minute."""
    return timedelta(seconds=random.uniform(0, JITTER_S))
