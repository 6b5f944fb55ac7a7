"""An organisation with something on every page, for the walk in a browser: run inside the server's own settings."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

from backend.core.accounts.actions.consents import replace_consents
from backend.core.accounts.actions.duties import add_duty
from backend.core.accounts.actions.organisations import load_regions
from backend.core.accounts.consents import ACCOUNT, CONSENTS
from backend.core.accounts.models import InvitePause, Role
from peers.checkins.actions.clock import ask_ways_back
from peers.checkins.actions.plans import WayBackWish, set_plan
from peers.checkins.actions.requests import ask_contact, pass_on_request
from peers.contacts.actions.contacts import begin_contact
from peers.contacts.actions.interim import begin_interim
from peers.directory.actions.letters import ask_question, report_problem
from peers.directory.models import Entry, Gap
from peers.experts.actions.experts import change_expert, pause_expert
from peers.experts.actions.vettings import start_vetting
from peers.matching.actions import clock, requests
from peers.matching.ranking import Wishes
from peers.referrals.actions.sending import preview_referral, send_referral
from tests.cast import Person, new_organisation, new_peer, new_person, utc_now
from tests.peers.asking_how import wishes
from tests.peers.referring import agree
from tests.peers.shelf import assured, new_entry, today
from tests.peers.vetted import vet


def fill() -> None:
    """Make it, and print who coordinates it: account and access code."""
    now = utc_now()
    load_regions()
    olga, rosa = new_person(), new_person()
    there, coordinator, deputy = new_organisation(olga, rosa, name="Voorbeeldhuis")
    peers = {}
    for alias in ("Marit", "Noor", "Sanne", "Ilse"):
        person = new_person()
        peers[alias] = new_peer(person, organisation=there, alias=alias, avatar_key="leaf-moss")
        languages = {"languages": ["nl", "en"]}
        change_expert(by=person.account, changes=languages, check=lambda _version: None, now=now)
    vet(peers["Marit"], by=olga, second=rosa)
    vet(peers["Noor"], by=olga, second=rosa, now=now - timedelta(days=330))
    pause_expert(by=olga.account, peer=peers["Noor"].id, now=now)
    start_vetting(by=rosa.account, peer=peers["Sanne"].id, now=now)
    for _ in range(2):
        begin_contact(member=new_person().account, role=peers["Marit"], now=now)
    begin_interim(member=new_person().account, role=coordinator, now=now - timedelta(days=2))
    _wait()
    _beside(there.id, peers["Marit"])
    new_organisation(new_person(), new_person(), name="Huis aan de kade")
    _refer(there.id)
    _write_entries(olga)
    begins = now.replace(hour=7, minute=0, second=0, microsecond=0)
    for day, (one, other) in enumerate(((coordinator, deputy), (deputy, None))):
        times = {"begins_at": begins + timedelta(days=day), "ends_at": begins + timedelta(days=day + 1)}
        reserve = other.id if other else None
        add_duty(by=olga.account, role=one.id, reserve=reserve, **times, now=begins)
    InvitePause.objects.create(inviter=peers["Noor"].account, paused_on=today())
    print(json.dumps([[str(person.account.id), person.code] for person in (olga, rosa)]))


def _wait() -> None:
    begun = utc_now() - timedelta(days=5)
    member = new_person().account
    requests.ask_match(by=member, wishes=Wishes(languages=("bg",)), now=begun)
    for day in (1, 2, 3, 4):
        clock.advance_due(now=begun + timedelta(days=day))


def _beside(organisation: UUID, marit: Role) -> None:
    """Somebody is to be greeted; two wishes for contact have come to olga, one of them lately."""
    now, member = utc_now(), new_person().account
    agree(member, "checkins", now=now - timedelta(days=90))
    way = WayBackWish(months=2, organisation=organisation, words="Just say hello.\nThat is enough.")
    set_plan(by=member, wishes=wishes(way_back=way), check=lambda version: None, now=now - timedelta(days=90))
    ask_ways_back(now=now - timedelta(days=3))
    for _ in range(2):
        member = new_person().account
        begin_contact(member=member, role=marit, now=now)
        there = ask_contact(by=member, now=now)
        pass_on_request(by=marit.account, request=there.id, now=now)


def _refer(organisation: object) -> None:
    now, member = utc_now(), new_person().account
    replace_consents(by=member, versions={name: CONSENTS[name] for name in (ACCOUNT, "sharing")}, now=now)
    given = {
        "organisation": organisation,
        "fields": [],
        "goals": [],
        "message": "I would like help with my papers.\nTuesdays are good.",
    }
    shown = preview_referral(by=member, **given, now=now)  # type: ignore[arg-type]
    send_referral(by=member, **given, expires_in=timedelta(days=14), preview=shown.tag, now=now)  # type: ignore[arg-type]


def _write_entries(olga: Person) -> None:
    now = utc_now()
    house = assured(new_entry(olga, name="Voorbeeldhuis", kinds=["talk", "papers"], regions=["utrecht"]), olga)
    table = new_entry(
        olga, name="Open table", of=house.id, kinds=["meeting"], texts={"nl": {"about": "Samen eten op vrijdag."}}
    )
    left = new_entry(olga, name="Night desk")
    Entry.objects.filter(id=left.id).update(kept_by=None, source="A public list")
    report_problem(entry=house.id, kind="contact", note="The number is out of use.", network=uuid4().bytes, now=now)
    ask_question(entry=table.id, body="May I bring my son?", network=uuid4().bytes, now=now)
    month = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    Gap.objects.create(month=month, region="", language="bg", domain="housing", searches=37)
