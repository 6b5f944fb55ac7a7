"""Whom coordinators greet and who would like them to be in touch: by forms, with what is never shown."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from backend.core.accounts.models import Role
from backend.core.models import AuditEntry
from messaging.actions.blocks import block
from messaging.models import DirectTalk, Membership
from peers.checkins import access
from peers.checkins.actions import clock, requests
from peers.checkins.actions.plans import WayBackWish, set_plan
from peers.checkins.models import ContactRequest, WayBack
from peers.contacts.actions.contacts import begin_contact
from tests.asking import inbox_of
from tests.cast import Cast, Person, new_organisation, new_person, utc_now
from tests.console.staffed import Browser, signed_in
from tests.peers.asking_how import answer, open_next, wishes
from tests.peers.referring import agree

pytestmark = pytest.mark.django_db
WORDS = "Kanarie: just say <hello>"


@pytest.fixture
def olga(cast: Cast) -> Browser:
    """Olga, signed in."""
    return signed_in(cast.olga)


def said(reply: Any) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def done(browser: Browser, path: str) -> str:
    """Send a form that works; → what the page after it says."""
    browser.get("waiting")
    reply = browser.post(path, {})
    assert reply.status_code == 303, said(reply)
    return said(browser.get(reply["Location"].removeprefix("/console/")))


def silent(cast: Cast, person: Person) -> WayBack:
    """A member of whom nothing was heard for as long as they said."""
    now = utc_now() - timedelta(days=61)
    agree(person.account, "checkins", now=now)
    way = WayBackWish(months=2, organisation=cast.organisation.id, words=WORDS)
    set_plan(by=person.account, wishes=wishes(way_back=way), check=lambda version: None, now=now)
    clock.ask_ways_back(now=utc_now())
    return WayBack.objects.get(account=person.account)


def looks() -> int:
    return AuditEntry.objects.filter(action="vault.opened").count()


# -- greeting ---------------------------------------------------------------------------------------------------------


def test_their_words_are_read_by_a_look_that_is_told(cast: Cast, olga: Browser) -> None:
    there = silent(cast, cast.ana)
    path = f"ways-back/{there.id}"
    page = olga.get("waiting").content.decode()
    assert f"/console/{path}" in page
    for reply in (olga.get("waiting"), olga.get(path)):
        assert "Kanarie" not in said(reply)
        assert str(cast.ana.account.id) not in reply.content.decode()
    assert looks() == 0
    reply = olga.post(path, {})
    assert "Kanarie: just say &lt;hello&gt;" in reply.content.decode()
    assert looks() == 1
    entry = AuditEntry.objects.get(action="vault.opened")
    assert (entry.subject, entry.data["role"]) == (cast.ana.account.id, str(cast.coordinator.id))


def test_they_are_greeted_in_a_talk_and_leave_the_list(cast: Cast, olga: Browser) -> None:
    there = silent(cast, cast.ana)
    path = f"ways-back/{there.id}"
    assert "Write to them there" in done(olga, f"{path}/talk")
    done(olga, f"{path}/talk")  # again: the same talk
    talk = DirectTalk.objects.get(member=cast.ana.account, peer=cast.coordinator)
    assert inbox_of(cast.ana.account)[-1]["type"] == "conversation.added"
    assert str(talk.conversation_id) not in olga.get(path).content.decode()
    assert "only after another silence" in done(olga, f"{path}/greeted")
    assert "Waits for a greeting" not in said(olga.get("waiting"))
    assert olga.get(path).status_code == 404
    entry = AuditEntry.objects.get(action="way_back.greeted")
    assert (entry.subject, entry.data) == (cast.ana.account.id, {"role": str(cast.coordinator.id)})


def test_who_is_heard_of_leaves_the_list(cast: Cast, olga: Browser) -> None:
    there = silent(cast, cast.ana)
    answer(cast.ana.account, open_next(cast.ana.account), now=utc_now())
    assert "Waits for a greeting" not in said(olga.get("waiting"))
    for act in ("", "/talk", "/greeted"):
        assert olga.post(f"ways-back/{there.id}{act}", {}).status_code == 404
    assert not DirectTalk.objects.exists()
    assert looks() == 0


def test_who_does_not_talk_with_the_member_leaves_it_to_a_colleague(cast: Cast, olga: Browser) -> None:
    there = silent(cast, cast.ana)
    done(olga, f"ways-back/{there.id}/talk")
    talk = DirectTalk.objects.get(member=cast.ana.account).conversation_id
    mine = Membership.objects.get(conversation=talk, account=cast.olga.account)
    block(by=cast.ana.account, membership=mine.id, now=utc_now())
    olga.get("waiting")
    reply = olga.post(f"ways-back/{there.id}/talk", {})
    assert (reply.status_code, "Somebody else of your organisation" in said(reply)) == (400, True)
    assert "Write to them there" in done(signed_in(cast.rosa), f"ways-back/{there.id}/talk")


# -- wishes for contact -----------------------------------------------------------------------------------------------


@pytest.fixture
def wish(cast: Cast) -> ContactRequest:
    """Ana wishes for contact; ben has passed it on, and it is olga's turn."""
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    there = requests.ask_contact(by=cast.ana.account, now=utc_now())
    requests.pass_on_request(by=cast.ben.account, request=there.id, now=utc_now())
    return there


def test_a_wish_is_taken_on_and_closed(cast: Cast, olga: Browser, wish: ContactRequest) -> None:
    page = olga.get("waiting")
    assert "Wishes for contact" in said(page)
    assert "answer before" in said(page)
    assert str(cast.ana.account.id) not in page.content.decode()
    assert "You have taken it on" in done(olga, f"wishes/{wish.id}/take-on")
    assert DirectTalk.objects.filter(member=cast.ana.account, peer=cast.coordinator, ended_at=None).exists()
    assert "the talk is in the app" in said(olga.get("waiting"))
    assert "The member sees it too" in done(olga, f"wishes/{wish.id}/close")
    assert "Wishes for contact" not in said(olga.get("waiting"))
    wish.refresh_from_db()
    assert wish.state == "closed"


def test_a_wish_is_passed_on_to_the_deputy(cast: Cast, olga: Browser, wish: ContactRequest) -> None:
    assert "next person's turn" in done(olga, f"wishes/{wish.id}/pass-on").replace("&#x27;", "'")
    assert "Wishes for contact" not in said(olga.get("waiting"))
    assert "Wishes for contact" in said(signed_in(cast.rosa).get("waiting"))
    for act in ("take-on", "pass-on", "close"):
        assert olga.post(f"wishes/{wish.id}/{act}", {}).status_code == 404


def test_strangers_have_nothing_there(cast: Cast, wish: ContactRequest) -> None:
    there = silent(cast, cast.cleo)
    person = new_person()
    new_organisation(person, new_person(), name="Een ander huis")
    stranger, deputy = signed_in(person), signed_in(cast.rosa)
    stranger.get("waiting")
    for path in (f"ways-back/{there.id}", f"ways-back/{there.id}/talk", f"ways-back/{there.id}/greeted"):
        assert stranger.post(path, {}).status_code == 404
    for browser in (stranger, deputy):  # it is olga's turn, not her deputy's
        browser.get("waiting")
        for act in ("take-on", "pass-on", "close"):
            assert browser.post(f"wishes/{wish.id}/{act}", {}).status_code == 404
    assert "Wishes for contact" not in said(stranger.get("waiting"))
    assert "Waits for a greeting" not in said(stranger.get("waiting"))
    assert looks() == 0


def test_what_somebody_holds_in_another_role_is_not_here(cast: Cast, olga: Browser) -> None:
    """Olga may be a contact person, too: what comes to her as such is in the app, and not in the console."""
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    there = requests.ask_contact(by=cast.ana.account, now=utc_now())
    Role.objects.filter(id=cast.peer.id).update(account=cast.olga.account)
    assert access.request_for(by=cast.olga.account, request=there.id).id == there.id
    assert "Wishes for contact" not in said(olga.get("waiting"))
    assert olga.post(f"wishes/{there.id}/take-on", {}).status_code == 404


def test_the_list_takes_the_same_queries_however_long(cast: Cast, olga: Browser) -> None:
    counts = []
    begun: datetime = utc_now()
    for more in (1, 4):
        for _ in range(more):
            person = new_person()
            silent(cast, person)
            begin_contact(member=person.account, role=cast.peer, now=begun)
            there = requests.ask_contact(by=person.account, now=begun)
            requests.pass_on_request(by=cast.ben.account, request=there.id, now=begun)
        with CaptureQueriesContext(connections["default"]) as seen:
            assert olga.get("waiting").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
