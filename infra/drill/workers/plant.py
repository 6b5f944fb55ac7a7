"""People for the drill of the worker, and what will be due of them: `python -m infra.drill.workers.plant`.

Reads the numbers of `checkins`, `reminders`, `wishes` and `bursts`, `begins_s`, `lasts_s`, `seed` and `endpoint`;
prints `{"due": [[kind, id, whom it wakes], …], "devices": {address: account}}`. From `begins_s` on, for `lasts_s`,
half of the check-ins and reminders fall due in a few bursts, half at any time.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.drill.workers.settings")
django.setup()

from django.conf import settings  # noqa: E402  (settings come first)
from django.db import transaction  # noqa: E402

from backend.core.accounts.actions.coordinators import name_coordinators  # noqa: E402
from backend.core.accounts.actions.organisations import ensure_organisation  # noqa: E402
from backend.core.accounts.actions.roles import give_role  # noqa: E402
from backend.core.accounts.models import Account, Organisation, Role, Session  # noqa: E402
from backend.core.push.actions.devices import put_device  # noqa: E402
from backend.core.push.address import Address  # noqa: E402
from backend.core.sealing import datakeys, keyring  # noqa: E402
from infra.bench import names  # noqa: E402
from infra.bench.plant import plant_accounts  # noqa: E402
from infra.drill.services import Browser  # noqa: E402
from peers.checkins.actions.requests import ask_contact  # noqa: E402
from peers.checkins.models import Checkin, Plan  # noqa: E402
from peers.checkins.queries import PROMISED  # noqa: E402
from peers.contacts.actions.contacts import begin_contact  # noqa: E402

DAY = timedelta(days=1)
INDEX = 6  # of the series: what is due is not its first
EACH = 5  # members beside whom one peer expert is


def plant(told: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """All of it; → what the ledger needs to know."""
    chance = random.Random(told["seed"])
    asked, reminded, wishing = told["checkins"], told["reminders"], told["wishes"]
    peers = -(-wishing // EACH)
    everybody = asked + reminded + wishing
    plant_accounts(everybody + peers + 2, now=now - 60 * DAY)
    accounts = [Account.objects.get(id=names.account_id(n)) for n in range(everybody + peers + 2)]
    with transaction.atomic(using="keystore"):
        for account in accounts:
            datakeys.create_key(owner=account.id, at=now)
    times = list(_times(chance, asked + reminded, told, now=now))
    due = [["check-in", *_plan(accounts[n], at=times[n], reminds=False, now=now)] for n in range(asked)]
    due += [
        ["reminder", *_plan(accounts[n], at=times[n], reminds=True, now=now)] for n in range(asked, asked + reminded)
    ]
    house, experts = _people(accounts[everybody:], now=now - 3 * DAY)
    for n in range(wishing):
        member = accounts[asked + reminded + n]
        begin_contact(member=member, role=experts[n // EACH], now=now - 3 * DAY)
        at = now + timedelta(seconds=told["begins_s"] + chance.uniform(0, told["lasts_s"]))
        made = ask_contact(by=member, now=at - PROMISED["primary"])
        due.append(["wish", str(made.id), str(house.id)])
    woken = [*accounts[: asked + reminded], house]
    devices = {_device(account, n, told["endpoint"], now=now): str(account.id) for n, account in enumerate(woken)}
    return {"due": due, "devices": devices}


def _times(chance: random.Random, count: int, told: dict[str, Any], *, now: datetime) -> Iterator[datetime]:
    bursts = [chance.uniform(0, told["lasts_s"]) for _ in range(told["bursts"])]
    for n in range(count):
        after = bursts[n % len(bursts)] if n % 2 else chance.uniform(0, told["lasts_s"])
        yield now + timedelta(seconds=told["begins_s"] + after)


def _plan(account: Account, *, at: datetime, reminds: bool, now: datetime) -> tuple[str, str]:
    """A plan at any hour, with a check-in that opens at that time, or that is open and reminds then."""
    plan = Plan.objects.create(
        account=account,
        preset="standard",
        days=list(range(7)),
        first_minute=0,
        end_minute=24 * 60,
        zone="Europe/Amsterdam",
        seed=account.id.bytes,
        anchor=(now - 60 * DAY).date(),
        begun_at=now - 60 * DAY,
    )
    given = {"plan": plan, "series": 0, "nominal": now.date(), "questions": 1}
    if not reminds:
        there = Checkin.objects.create(**given, index=INDEX, state="planned", due_at=at)
    else:
        there = Checkin.objects.create(**given, index=INDEX, state="open", opened_at=now - 2 * DAY, due_at=at)
        Checkin.objects.create(**given, index=INDEX + 1, state="planned", due_at=now + 30 * DAY)
    return str(there.id), str(account.id)


def _people(staff: list[Account], *, now: datetime) -> tuple[Account, list[Role]]:
    """A coordinator with a deputy, and peer experts; → the coordinator's account, and the experts' roles."""
    house: Organisation = ensure_organisation(name="House", regions=["utrecht"], languages=["nl"], now=now)
    seats = [_role(account, "coordinator", house, now=now) for account in staff[:2]]
    name_coordinators(organisation=house, coordinator=seats[0], deputy=seats[1], by=None, now=now)
    return staff[0], [_role(account, "peer_expert", house, now=now) for account in staff[2:]]


def _role(account: Account, kind: str, house: Organisation, *, now: datetime) -> Role:
    alias = f"Name {str(account.id)[:8]}"
    return give_role(
        account=account, kind=kind, organisation=house, alias=alias, avatar_key="leaf-teal", by=None, now=now
    )


def _device(account: Account, number: int, endpoint: str, *, now: datetime) -> str:
    """A phone or a browser; → its address as the stub hears of it."""
    session = Session.objects.get(account=account)
    if number % 2:
        address, heard = Address("fcm", "token", f"phone-{number}"), f"phone-{number}"
    else:
        there = Browser(f"{endpoint}/browser-{number}")
        address, heard = Address("webpush", "token", there.endpoint, **there.given["keys"]), f"/browser-{number}"
    put_device(by=account, session=session, address=address, now=now)
    return heard


if __name__ == "__main__":
    if not Path(settings.SECRETS_FILE).exists():
        keyring.create_file(Path(settings.SECRETS_FILE))
    print(json.dumps(plant(json.load(sys.stdin), now=datetime.now(UTC))))
