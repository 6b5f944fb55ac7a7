"""A night in which one person decides for a life: unsealed at once, reached, reviewed in the morning, told, seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from rest_framework.test import APIClient

from backend.core import limits
from backend.core.accounts.actions.duties import add_duty
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account, Role
from backend.core.models import AuditEntry
from moderation.access import Target
from moderation.actions.asides import tell_due
from moderation.actions.decisions import end_due
from moderation.actions.duty import call_due
from moderation.models import Decision
from peers.contacts.actions.contacts import begin_contact
from tests.asking import API, inbox_of
from tests.cast import Cast, Person, client_with, new_organisation, new_person, utc_now
from tests.console.staffed import signed_in
from tests.console.test_moderators import done, said
from tests.moderation.house import House, new_house

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

Client = Callable[[Person | Account], APIClient]
WORRIED = "Kanarie: this is my last message. Take care of each other."


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """It is this time everywhere."""
    with time_machine.travel(moment, tick=False):
        limits._local.clear()
        yield moment
    limits._local.clear()


def run_jobs(now: datetime) -> None:
    """What the worker does for cases."""
    call_due(now=now)
    end_due(now=now)
    tell_due(now=now)


def moderator_of(person: Person, organisation: Any, kind: str = "moderator") -> Role:
    return give_role(account=person.account, kind=kind, organisation=organisation, by=None, now=utc_now())


def test_a_life_at_night(cast: Cast, client_of: Client) -> None:
    house: House = new_house(cast)
    dora, ben = house.cast.dora, house.cast.ben
    other, _, _ = new_organisation(new_person(), new_person(), name="Huis aan de kade")
    nora, colleague, paul = new_person(), new_person(), new_person()
    on_duty = moderator_of(nora, cast.organisation)
    moderator_of(colleague, cast.organisation)
    moderator_of(paul, other)
    begin_contact(member=dora.account, role=cast.peer, now=utc_now())
    night = (utc_now() + timedelta(days=1)).astimezone(ZoneInfo("Europe/Amsterdam")).replace(hour=2, minute=40)
    add_duty(
        by=cast.olga.account,
        role=on_duty.id,
        reserve=None,
        begins_at=night - timedelta(hours=2),
        ends_at=night + timedelta(hours=6),
        now=utc_now(),
    )

    with at(night):
        seq = house.circle.say(dora, WORRIED, now=night)
        target = Target(conversation=house.circle.id, seq=seq)
        case = house.report(cast.ana, target=target, reason="danger", now=night).case
        run_jobs(night)
        assert inbox_of(nora.account)[-1]["type"] == "duty.called"
        assert "duty.called" not in {event["type"] for event in inbox_of(paul.account)}
        browser, path = signed_in(nora), f"cases/{case.id}"
        done(browser, f"{path}/claim", {})
        assert WORRIED in said(browser.post(path, {"reveal": "evidence"}))
        # Alone, and it cannot wait. Whoever is with dora may read her phone: she is not told at this moment.
        asked = {"why": "Kanarie: wrote goodbye", "facts": "Kanarie: we feared for your life.", "held_h": "168"}
        assert "within a day" in done(browser, f"{path}/unseal", {**asked, "at_once": "on"})
        made = Decision.objects.get()
        page = said(browser.post(f"decisions/{made.id}/identity", {}))
        assert "Ben (Voorbeeldhuis)" in page
        assert "asked to be in touch" in done(browser, f"decisions/{made.id}/contact", {})

        # ben, whom nora did not know to be beside her, hears that somebody worries, and nothing of what was said.
        assert inbox_of(ben.account)[-1]["type"] == "care.asked"
        (ask,) = client_with(ben.token).get(f"{API}/care/asks").json()["items"]
        assert WORRIED not in str(ask)
        client_with(ben.token).post(f"{API}/care/asks/{ask['id']}", {"in_touch": True})

        member = client_of(dora)
        assert member.get(f"{API}/me/decisions").json()["items"] == []
        assert "identity" not in {look["what"] for look in member.get(f"{API}/me/looks").json()["items"]}
        assert "decision.made" not in {event["type"] for event in inbox_of(dora.account)}

    with at(night + timedelta(hours=2)):
        # Her colleague is of the same organisation, and there are others: they come first.
        assert "Second look" not in said(signed_in(colleague).get("cases")).partition("Show")[2]
    with at(night + timedelta(hours=3)):
        morning = signed_in(paul)
        assert "Second look at what was done at once" in said(morning.get("cases")).partition("Show")[2]
        there = f"decisions/{made.id}"
        assert "after 7 days at the latest" in said(morning.get(there))
        page = said(morning.post(there, {"reveal": "evidence"}))
        assert WORRIED in page
        assert "Kanarie: wrote goodbye" in page
        # ben is with her, she is safe: she can be told.
        assert "Done." in done(morning, there, {"act": "tell"})

        (told,) = member.get(f"{API}/me/decisions").json()["items"]
        assert (told["facts"], told["measures"][0]["kind"]) == ("Kanarie: we feared for your life.", "unseal_identity")
        looks = [(look["what"], look["role"]) for look in member.get(f"{API}/me/looks").json()["items"]]
        assert ("identity", "moderator") in looks
        assert str(nora.account.id) not in str(looks)
        assert inbox_of(dora.account)[-1]["type"] == "decision.made"

    with at(night + timedelta(hours=27)):  # the day is over: nobody can look any more
        run_jobs(night + timedelta(hours=27))
        done(browser := signed_in(nora), f"{path}/claim", {})
        assert "closed" in said(browser.get(path))
        assert browser.post(f"decisions/{made.id}/identity", {}).status_code == 409

    actions = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    for action in ("decision.made", "decision.reviewed", "decision.told", "care.contact_asked"):
        assert action in actions
