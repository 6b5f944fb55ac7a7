"""An organisation with two vetted peer experts: `python -m tests.journeys.vetted_house <olga> <rosa> <ben> <noor>`.

All four are accounts that have signed up. Prints the ids of the roles, as JSON. The console does this for people; here
it is done by the same actions, in one process beside the server.
"""

from __future__ import annotations

import json
import os
import sys
from uuid import UUID

import django


def found_house(olga: UUID, rosa: UUID, ben: UUID, noor: UUID) -> dict[str, str]:
    """olga coordinates it, rosa is her deputy; ben and noor are its peer experts, and both have signed for both."""
    from django.utils import timezone

    from backend.core.accounts.actions.coordinators import name_coordinators
    from backend.core.accounts.actions.organisations import ensure_organisation
    from backend.core.accounts.actions.roles import give_role
    from backend.core.accounts.models import Account, Role
    from peers.directory.actions.facts import load_facts
    from peers.experts.actions.vettings import set_checklist, sign_vetting, start_vetting

    now = timezone.now()
    load_facts(now=now)
    house = ensure_organisation(name="Voorbeeldhuis", regions=["utrecht"], languages=["nl", "en"], now=now)

    def give(account: UUID, kind: str, alias: str, avatar: str) -> Role:
        known_by = {"alias": alias, "avatar_key": avatar}
        there = Account.objects.get(id=account)
        return give_role(account=there, kind=kind, organisation=house, **known_by, by=None, now=now)

    first, second = give(olga, "coordinator", "Olga", "hill-moss"), give(rosa, "coordinator", "Rosa", "hill-moss")
    name_coordinators(organisation=house, coordinator=first, deputy=second, by=None, now=now)
    peers = [give(ben, "peer_expert", "Ben", "wave-sand"), give(noor, "peer_expert", "Noor", "leaf-moss")]
    set_checklist(by=first.account, items=["Spoken with twice"], now=now)
    for peer in peers:
        vetting = start_vetting(by=first.account, peer=peer.id, now=now)
        for coordinator in (first, second):
            sign_vetting(by=coordinator.account, vetting=vetting.id, items=[0], now=now)
    roles = dict(zip(("olga", "rosa", "ben", "noor"), (first, second, *peers), strict=True))
    return {name: str(role.id) for name, role in roles.items()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings.dev")
    django.setup()
    print(json.dumps(found_house(*(UUID(given) for given in sys.argv[1:]))))
