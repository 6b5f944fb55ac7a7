"""A care case's page: spoken to, contact person asked by two people, closed by two looks; helplines beside it all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from backend.core.accounts.actions.roles import give_role
from backend.core.models import AuditEntry
from backend.core.staff.models import StaffSession
from moderation.access import Target
from moderation.actions.care import answer_care, set_care_wish
from moderation.models import CareAsk, CareTalk, Case
from peers.contacts.actions.contacts import begin_contact
from peers.directory.models import Helpline
from tests.cast import Cast, new_person, utc_now
from tests.console.staffed import Browser, signed_in
from tests.console.test_moderators import done, refused, said
from tests.moderation.house import House, new_house

pytestmark = pytest.mark.django_db
KANARIE = "Kanarie: are you safe?"


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with somebody whom others worry about; ben is her contact person."""
    there = new_house(cast)
    begin_contact(member=cast.dora.account, role=cast.peer, now=utc_now())
    return there


@pytest.fixture
def max_(house: House) -> Browser:
    """Max, who moderates, signed in."""
    return signed_in(house.cast.max)


@pytest.fixture
def lea(house: House) -> Browser:
    """Lea, who agrees as a second person, signed in."""
    return signed_in(house.cast.lea)


@pytest.fixture
def worried(house: House, max_: Browser) -> Case:
    """Claimed by max."""
    case = house.report(reason="worried", now=utc_now()).case
    done(max_, f"cases/{case.id}/claim", {})
    return case


def page_of(browser: Browser, case: Case) -> str:
    return said(browser.get(f"cases/{case.id}"))


def asks() -> list[str]:
    return list(CareAsk.objects.order_by("made_at").values_list("state", flat=True))


def test_the_member_is_spoken_to_and_what_they_answer_is_opened_on_request(
    house: House, max_: Browser, worried: Case
) -> None:
    assert "Nobody has spoken to them yet." in page_of(max_, worried)
    assert "Sent." in done(max_, f"cases/{worried.id}/care/say", {"text": KANARIE})
    answer_care(by=house.cast.dora.account, talk=CareTalk.objects.get().id, text="Kanarie: not quite", now=utc_now())
    shut = page_of(max_, worried)
    assert "Kanarie" not in shut
    assert "They said something" in shut
    opened = said(max_.post(f"cases/{worried.id}", {"reveal": "words"}))
    assert opened.index(KANARIE) < opened.index("Kanarie: not quite")
    looks = AuditEntry.objects.filter(action="vault.opened", subject=house.cast.dora.account.id)
    assert [look.data["what"] for look in looks] == ["words"]


def test_what_was_typed_wrongly_comes_back(house: House, max_: Browser, worried: Case) -> None:
    assert "required" in refused(max_, f"cases/{worried.id}/care/say", {"text": " "})
    Case.objects.filter(id=worried.id).update(claimed_until=utc_now() - timedelta(minutes=1))
    assert KANARIE in refused(max_, f"cases/{worried.id}/care/say", {"text": KANARIE})
    assert not CareTalk.objects.exists()


def test_the_contact_person_is_asked_only_when_a_second_person_agrees(
    house: House, max_: Browser, lea: Browser, worried: Case
) -> None:
    assert "another person must agree first" in page_of(max_, worried)
    assert "once another person agrees" in done(max_, f"cases/{worried.id}/care/ask", {})
    ask = CareAsk.objects.get()
    there = f"cases/{worried.id}/care/asks/{ask.id}"
    page = page_of(max_, worried)
    assert "You have proposed it." in page
    assert "I agree" not in page
    assert "Another person must agree." in refused(max_, there, {"act": "yes"})
    assert asks() == ["asked"]
    # Who is the second finds it in the queue, and need not claim the case.
    assert "May the contact person be asked?" in said(lea.get("cases?kind=ask"))
    assert "May the contact person be asked?" not in said(max_.get("cases?kind=ask")).partition("Show")[2]
    assert "I agree: ask them" in page_of(lea, worried)
    assert "is asked to be in touch" in done(lea, there, {"act": "yes"})
    ask.refresh_from_db()
    assert (ask.state, ask.contact) == ("open", house.cast.peer)
    assert "asked, no answer yet" in page_of(max_, worried)
    assert "Nothing waits." in said(lea.get("cases?kind=ask"))


def test_who_does_not_agree_ends_it(house: House, max_: Browser, lea: Browser, worried: Case) -> None:
    done(max_, f"cases/{worried.id}/care/ask", {})
    there = f"cases/{worried.id}/care/asks/{CareAsk.objects.get().id}"
    assert "is not asked" in done(lea, there, {"act": "no"})
    assert asks() == ["refused"]
    assert "Propose to ask them" in page_of(max_, worried)


def test_what_the_member_allowed_is_asked_at_once(house: House, max_: Browser, worried: Case) -> None:
    set_care_wish(by=house.cast.dora.account, contact_may_be_asked=True, now=utc_now())
    assert "The member has allowed it" in page_of(max_, worried)
    assert "is asked to be in touch" in done(max_, f"cases/{worried.id}/care/ask", {})
    assert asks() == ["open"]


def test_the_second_shows_the_second_factor_again(house: House, max_: Browser, lea: Browser, worried: Case) -> None:
    done(max_, f"cases/{worried.id}/care/ask", {})
    there = f"cases/{worried.id}/care/asks/{CareAsk.objects.get().id}"
    lea.get(f"cases/{worried.id}")
    StaffSession.objects.update(second_at=utc_now() - timedelta(minutes=11))
    reply = lea.post(there, {"act": "yes"})
    assert reply["Location"].startswith("/console/confirm?next=")
    assert asks() == ["asked"]
    assert lea.get(there)["Location"] == f"/console/cases/{worried.id}"


def test_an_ask_of_another_case_is_not_answered_here(house: House, max_: Browser, lea: Browser, worried: Case) -> None:
    done(max_, f"cases/{worried.id}/care/ask", {})
    ask = CareAsk.objects.get().id
    seq = house.circle.say(house.cast.cleo, "I cannot go on.", now=utc_now())
    target = Target(conversation=house.circle.id, seq=seq)
    other = house.report(reason="worried", target=target, now=utc_now()).case
    lea.get(f"cases/{other.id}")
    for case, wrong in ((other.id, ask), (worried.id, other.id)):
        assert lea.post(f"cases/{case}/care/asks/{wrong}", {"act": "yes"}).status_code == 404
    assert asks() == ["asked"]


def test_two_looks_close_it(house: House, max_: Browser, worried: Case) -> None:
    assert "Another person looks now" in done(max_, f"cases/{worried.id}/care/look", {"act": "enough"})
    assert "That was you" in page_of(max_, worried)
    done(max_, f"cases/{worried.id}/claim", {})
    assert "Another person must agree." in refused(max_, f"cases/{worried.id}/care/look", {"act": "enough"})
    done(max_, f"cases/{worried.id}/release", {})
    mia = signed_in(house.mia)
    done(mia, f"cases/{worried.id}/claim", {})
    assert "Open again" in done(mia, f"cases/{worried.id}/care/look", {"act": "more"})
    done(mia, f"cases/{worried.id}/care/look", {"act": "enough"})
    done(max_, f"cases/{worried.id}/claim", {})
    assert "Closed." in done(max_, f"cases/{worried.id}/care/look", {"act": "enough"})
    assert "Two people found that it is enough" in page_of(max_, worried)
    worried.refresh_from_db()
    assert (worried.state, worried.outcome) == ("decided", "looked_after")


def test_nothing_is_done_without_a_claim(house: House, lea: Browser, worried: Case) -> None:
    page = page_of(lea, worried)
    assert "What you say to them" not in page
    assert "Propose to ask them" not in page
    for path, fields in (("say", {"text": "?"}), ("ask", {}), ("look", {"act": "enough"})):
        refused(lea, f"cases/{worried.id}/care/{path}", fields)
    assert not CareTalk.objects.exists()
    assert not CareAsk.objects.exists()


def test_who_is_tied_and_a_case_about_a_rule_get_nothing(house: House, max_: Browser, worried: Case) -> None:
    rule = house.report(reason="spam", by=house.cast.cleo, now=utc_now()).case
    done(max_, f"cases/{rule.id}/claim", {})
    for path in ("say", "ask", "look"):
        assert max_.post(f"cases/{rule.id}/care/{path}", {"text": "?"}).status_code == 404
    give_role(account=house.cast.ben.account, kind="moderator", by=None, now=utc_now())  # leads, and is beside her
    ben = signed_in(house.cast.ben)
    for path in ("say", "ask", "look"):
        assert ben.post(f"cases/{worried.id}/care/{path}", {"text": "?"}).status_code == 404


def test_helplines_are_in_the_members_language(house: House, max_: Browser, worried: Case) -> None:
    Helpline.objects.all().delete()
    for key in ("ro", "nl"):
        Helpline.objects.create(key=key, name=f"Line {key}", languages=[key], kind="crisis", position=1)
    house.cast.dora.account.locale = "ro"
    house.cast.dora.account.save()
    page = page_of(max_, worried)
    assert "Line ro" in page
    assert "Line nl" not in page


def test_the_page_costs_the_same_however_much_was_done(house: House, max_: Browser, worried: Case) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            assert max_.get(f"cases/{worried.id}").status_code == 200
        return len(caught)

    def said_often(times: int) -> Any:
        for _ in range(times):
            done(max_, f"cases/{worried.id}/care/say", {"text": "Still here"})

    said_often(1)
    once = cost()
    said_often(4)
    assert cost() == once


def test_what_is_written_is_text(house: House, max_: Browser, worried: Case) -> None:
    done(max_, f"cases/{worried.id}/care/say", {"text": "<script>x</script>"})
    shown = max_.post(f"cases/{worried.id}", {"reveal": "words"}).content.decode()
    assert "<script>x" not in shown
    assert "&lt;script&gt;x" in shown
    assert max_.client.post(f"/console/cases/{worried.id}/care/ask", {}).status_code == 403  # no token of the page
    assert not CareAsk.objects.exists()
    assert signed_in(new_moderator()).get(f"cases/{worried.id}").status_code == 200


def new_moderator() -> Any:
    person = new_person()
    give_role(account=person.account, kind="moderator", by=None, now=utc_now())
    return person
