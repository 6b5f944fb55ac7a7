"""Somebody whom others worry about, a decision, and who audits: run inside the server's own settings."""

from __future__ import annotations

import json

from backend.core.accounts.actions.organisations import load_regions
from backend.core.accounts.actions.roles import give_role
from moderation.access import Target
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from moderation.actions.reports import report
from peers.contacts.actions.contacts import begin_contact
from peers.directory.actions.facts import load_facts
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.messaging.circle import new_circle


def fill() -> None:
    """Make them, and print who moderates and who audits: account and access code."""
    now = utc_now()
    load_regions()
    load_facts(now=now)
    there, _, _ = new_organisation(new_person(), new_person(), name="Voorbeeldhuis")
    marit = new_person()
    role = new_peer(marit, organisation=there, alias="Marit", avatar_key="leaf-moss")
    circle = new_circle(marit, languages=["nl"], title="Ander werk ernaast")
    ana, dora, eva = new_person(), new_person(locale="nl"), new_person()
    for person in (ana, dora, eva):
        circle.admit(person)
    begin_contact(member=dora.account, role=role, now=now)
    people = {"max": new_person(), "mia": new_person(), "ada": new_person()}
    for name, kind in (("max", "moderator"), ("mia", "moderator"), ("ada", "auditor")):
        give_role(account=people[name].account, kind=kind, by=None, now=now)
    worry = circle.say(dora, "Ik weet niet meer hoe het verder moet.", now=utc_now())
    report(by=ana.account, target=Target(conversation=circle.id, seq=worry), reason="worried", now=utc_now())
    spam = circle.say(eva, "Nu korting op telefoons!", now=utc_now())
    made = report(by=ana.account, target=Target(conversation=circle.id, seq=spam), reason="spam", now=utc_now())
    claim(by=people["mia"].account, case=made.case_id, now=utc_now())
    measures = [Proposed("hide", seq=spam), Proposed("warn")]
    given = {"rule": "spam", "facts": "Reclame.", "measures": measures}
    decide(by=people["mia"].account, case=made.case_id, **given, now=utc_now())  # type: ignore[arg-type]
    print(json.dumps({name: [str(person.account.id), person.code] for name, person in people.items()}))
