"""An organisation in a process of its own: `python -m tests.journeys.house found <accounts…>`, or `open|accept <role>`.

Its people work in the console, by the same actions.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.actions.organisations import ensure_organisation
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account, Role
from backend.core.aliases import AVATAR_KEYS
from peers.referrals.actions.receiving import accept_referral, open_referral
from peers.referrals.queries import open_referrals_to

NAMES = {"Ben": "peer_expert", "Olga": "coordinator", "Rosa": "coordinator"}


def found(*accounts: str) -> dict[str, str]:
    """An organisation with a peer expert and two coordinators of these accounts; → their role ids by name."""
    now, roles = datetime.now(UTC), {}
    house = ensure_organisation(name="Harbour House", regions=["den-haag"], languages=["nl"], kinds=["talk"], now=now)
    for avatar, (name, kind), account in zip(AVATAR_KEYS, NAMES.items(), accounts, strict=False):
        person = Account.objects.get(id=account)
        roles[name] = give_role(
            account=person, kind=kind, organisation=house, alias=name, avatar_key=avatar, by=None, now=now
        )
    name_coordinators(organisation=house, coordinator=roles["Olga"], deputy=roles["Rosa"], by=None, now=now)
    return {name: str(role.id) for name, role in roles.items()}


def open_first(role_id: str) -> Any:
    """What can be read of the referral that waits."""
    role = Role.objects.select_related("account").get(id=role_id)
    waiting = open_referrals_to(role=role).get()
    return open_referral(role=role, referral=waiting.id, now=datetime.now(UTC))[1]


def accept_first(role_id: str) -> str:
    """Accept it; → the first date."""
    role, now = Role.objects.select_related("account").get(id=role_id), datetime.now(UTC)
    waiting, day = open_referrals_to(role=role).get(), now.date() + timedelta(days=6)
    accept_referral(role=role, referral=waiting.id, person="Noor", first_on=day, now=now)
    return str(day)


if __name__ == "__main__":
    verbs: dict[str, Any] = {"found": found, "open": open_first, "accept": accept_first}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
