"""Pages about what is reported beside talks: a case about an entry, a notice and what it is about, who is told."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import give_role
from moderation.access import Target
from moderation.models import Case, Decision
from tests.asking import API
from tests.cast import Cast, new_coordinator, new_organisation, new_person, utc_now
from tests.console.staffed import Browser, signed_in
from tests.console.test_moderators import claimed, done, refused, said
from tests.moderation.house import House, new_house
from tests.peers.shelf import new_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


@pytest.fixture
def max_(house: House) -> Browser:
    """Max, who moderates, signed in."""
    return signed_in(house.cast.max)


def notice(browser: Browser) -> tuple[Case, str]:
    """From outside, claimed."""
    body: dict[str, Any] = {"reason": "recruiting", "where": "Somewhere", "text": "Kanarie", "in_good_faith": True}
    assert APIClient().post(f"{API}/notices", body).status_code == 201
    case = Case.objects.get(about__startswith="notice:")
    assert "yours until" in done(browser, f"cases/{case.id}/claim", {})
    return case, f"cases/{case.id}"


def test_an_entry_is_looked_at_and_taken_out_and_its_house_reads_why(house: House, max_: Browser) -> None:
    entry = new_entry(house.cast.olga, texts={"nl": {"about": "Kanarie: earn a lot"}})
    _, path = claimed(house, max_, target=Target(entry=entry.id), reason="recruiting")
    page = said(max_.get(path))
    assert "the directory" in page
    assert entry.name in page
    assert "Kanarie" not in page
    page = max_.post(path, {"reveal": "evidence"}).content.decode()
    assert "Kanarie: earn a lot" in page
    assert 'name="withdraw_entry"' in page
    assert not any(f'name="{key}"' in page for key in ("mute", "suspend", "warn", "close_group", "hide"))
    fields = {"rule": "recruiting", "facts": "Kanarie: offers work", "withdraw_entry": "on"}
    assert "Decided." in done(max_, f"{path}/decide", fields)
    olga = signed_in(house.cast.olga)
    page = said(olga.get("entries"))
    assert "Taken out by a decision" in page
    assert "Kanarie: offers work" in page
    assert olga.get(f"entries/{entry.id}").status_code == 404
    other = new_person()
    new_organisation(other, new_person(), name="Huis aan de kade")
    assert "Kanarie" not in said(signed_in(other).get("entries"))


def test_who_is_of_its_house_does_not_find_the_case(house: House, max_: Browser) -> None:
    entry = new_entry(house.cast.olga)
    case, path = claimed(house, max_, target=Target(entry=entry.id), reason="recruiting")
    person = new_person()
    give_role(account=person.account, kind="moderator", organisation=house.cast.organisation, by=None, now=utc_now())
    Case.objects.filter(id=case.id).update(due_at=utc_now())
    browser = signed_in(person)
    assert browser.get(path).status_code == 404
    assert "the directory" not in said(browser.get("cases"))


def test_a_notice_is_decided_once_it_is_known_what_it_is_about(house: House, max_: Browser) -> None:
    _, path = notice(max_)
    page = max_.get(path).content.decode()
    assert 'name="what"' in page
    assert 'name="slow"' not in page
    assert "There is nothing here" in refused(max_, f"{path}/about", {"what": "No such group"})
    assert 'role="alert"' in refused(max_, f"{path}/about", {"what": ""})
    title = house.circle.of(house.cast.ben).conversation.group.title
    assert title in done(max_, f"{path}/about", {"what": title})
    assert "Decided." in done(max_, f"{path}/decide", {"rule": "spam", "facts": "Kanarie", "slow": "300"})
    assert Decision.objects.get().measures.get().kind == "slow"
    mia = signed_in(house.mia)
    assert "Claim the case first." in refused(mia, f"{path}/about", {"what": title})


def test_whom_it_ties_is_back_in_the_queue(house: House, max_: Browser) -> None:
    case, path = notice(max_)
    house.circle.admit(house.cast.max)
    page = done(max_, f"{path}/about", {"what": str(house.circle.id)})
    assert "it is given back" in page
    assert max_.get(path).status_code == 404
    assert Case.objects.get(id=case.id).claimed_by is None


def test_a_report_is_not_given_something_else_to_be_about(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    assert 'name="what"' not in max_.get(path).content.decode()
    assert "Only what a notice is about" in refused(max_, f"{path}/about", {"what": str(house.circle.id)})


def test_a_coordinator_who_also_moderates_sees_their_own_load(house: House) -> None:
    """The page acts in the role in which cases are taken, whichever comes first by name."""
    person = new_person()
    new_coordinator(person, organisation=house.cast.organisation, alias="Tess")
    give_role(account=person.account, kind="moderator", by=None, now=utc_now())
    assert 'name="reasons"' in signed_in(person).get("load").content.decode()
