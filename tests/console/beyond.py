"""What is reported beside talks: an entry, a peer expert whom one has not met, a notice. For the pages in a browser."""

from __future__ import annotations

import json

from backend.core.accounts.actions.organisations import load_regions
from backend.core.accounts.actions.roles import give_role
from moderation.access import Target
from moderation.actions.notices import give_notice
from moderation.actions.reports import report
from peers.contacts.actions.contacts import begin_contact
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.messaging.circle import new_circle
from tests.peers.shelf import new_entry


def fill() -> None:
    """Make them, and print account and code of who moderates and of who coordinates."""
    now = utc_now()
    load_regions()
    olga, marit, ana, mia = new_person(), new_person(), new_person(), new_person()
    house, _, _ = new_organisation(olga, new_person(), name="Voorbeeldhuis")
    role = new_peer(marit, organisation=house, alias="Marit", avatar_key="leaf-moss")
    new_circle(marit, languages=["nl"], title="Ander werk ernaast")
    give_role(account=mia.account, kind="moderator", by=None, now=now)
    entry = new_entry(olga, texts={"nl": {"about": "Snel veel verdienen: bel ons vandaag nog."}})
    report(by=ana.account, target=Target(entry=entry.id), reason="recruiting", note="Dit is geen hulp.", now=now)
    begin_contact(member=ana.account, role=role, now=now)
    report(by=ana.account, target=Target(peer=role.id), reason="contempt", now=now)
    given = {"where": "Ander werk ernaast", "text": "Daar wordt gedreigd.", "contact": None}
    give_notice(network=b"outside", language="nl", reason="threats", **given, now=now)  # type: ignore[arg-type]
    print(json.dumps([[str(person.account.id), person.code] for person in (mia, olga)]))
