"""Cases of every kind for the walk in a browser: run inside the server's own settings."""

from __future__ import annotations

import json
from datetime import timedelta

from backend.core.accounts.actions.organisations import load_regions
from backend.core.accounts.actions.roles import give_role
from moderation.access import Target
from moderation.actions.appeals import appeal
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from moderation.actions.reports import report
from tests.cast import Person, new_organisation, new_peer, new_person, utc_now
from tests.messaging.circle import Circle, new_circle


def fill() -> None:
    """Make them, and print who moderates: two moderators and a second approver, each account and access code."""
    now = utc_now()
    load_regions()
    there, _, _ = new_organisation(new_person(), new_person(), name="Voorbeeldhuis")
    marit = new_person()
    new_peer(marit, organisation=there, alias="Marit", avatar_key="leaf-moss")
    circle = new_circle(marit, languages=["nl", "en"], title="Ander werk ernaast")
    people = [new_person(locale="nl") for _ in range(7)]
    for person in people:
        circle.admit(person)
    max_, mia, lea = new_person(), new_person(), new_person()
    for person, kind in ((max_, "moderator"), (mia, "moderator"), (lea, "second_approver")):
        give_role(account=person.account, kind=kind, by=None, now=now)
    circle.say(people[0], "Wie heeft ervaring met de gemeente?", now=utc_now())
    seq = circle.say(people[1], "Ik weet waar je woont. Houd je mond daarover.", now=utc_now())
    circle.say(people[2], "Dit is niet oké.", now=utc_now())
    _report(circle, people[0], seq, "threats", note="Hij stuurde eerder ook al zoiets.", may_contact=True)
    spam = circle.say(people[3], "Nu korting op telefoons! Nu korting op telefoons!", now=utc_now())
    _report(circle, people[0], spam, "spam")
    worry = circle.say(people[4], "Ik weet niet meer hoe het verder moet.", now=utc_now())
    _report(circle, people[2], worry, "worried")
    _decided(circle, max_, people[6], "contempt", [Proposed("warn")], appealed="Het was een grap.")
    _decided(circle, max_, people[5], "recruiting", [Proposed("exclude")])
    _decided(circle, max_, people[2], "danger", [Proposed("exclude")], at_once=True)
    print(json.dumps([[str(person.account.id), person.code] for person in (max_, mia, lea)]))


def _report(circle: Circle, by: Person, seq: int, reason: str, **given: object) -> object:
    target = Target(conversation=circle.id, seq=seq)
    made = report(by=by.account, target=target, reason=reason, now=utc_now() - timedelta(minutes=20), **given)  # type: ignore[arg-type]
    return made.case_id


def _decided(
    circle: Circle,
    by: Person,
    about: Person,
    reason: str,
    measures: list[Proposed],
    *,
    appealed: str = "",
    **given: bool,
) -> None:
    now = utc_now()
    seq = circle.say(about, "Kom bij ons werken, bel maar.", now=utc_now())
    reporter = new_person()
    circle.admit(reporter)
    made = report(by=reporter.account, target=Target(membership=circle.of(about).id), reason=reason, now=now)
    claim(by=by.account, case=made.case_id, now=now)
    facts = f"Bericht {seq} gaat tegen de regel in."
    told = decide(by=by.account, case=made.case_id, rule="respect", facts=facts, measures=measures, now=now, **given)
    if appealed:
        appeal(by=about.account, decision=told.id, text=appealed, now=now)


def begin() -> None:
    """A group with one bad message and nothing reported; print who is who: account, access code, token; and where."""
    now = utc_now()
    load_regions()
    there, _, _ = new_organisation(new_person(), new_person(), name="Voorbeeldhuis")
    marit = new_person()
    new_peer(marit, organisation=there, alias="Marit", avatar_key="leaf-moss")
    circle = new_circle(marit, languages=["nl"], title="Ander werk ernaast")
    people = {name: new_person() for name in ("ana", "dora", "max", "mia", "ada")}
    for name in ("ana", "dora"):
        circle.admit(people[name])
    for name, kind in (("max", "moderator"), ("mia", "moderator"), ("ada", "auditor")):
        give_role(account=people[name].account, kind=kind, by=None, now=now)
    circle.say(people["ana"], "Vandaag weer gesolliciteerd.", now=now)
    seq = circle.say(people["dora"], "Zij heet eigenlijk anders en woont in de Dorpsstraat.", now=now)
    told = {name: [str(person.account.id), person.code, person.token] for name, person in people.items()}
    print(json.dumps({"people": told, "group": str(circle.id), "seq": seq}))
