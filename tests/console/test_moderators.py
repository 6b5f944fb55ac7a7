"""The moderators' pages by forms: what each does, what it refuses and gives back, what it never shows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from backend.core.accounts.actions.roles import give_role
from moderation.models import Case
from tests.cast import Cast, utc_now
from tests.console.staffed import Browser, signed_in
from tests.moderation.house import BAD, House, new_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


@pytest.fixture
def max_(house: House) -> Browser:
    """Max, who moderates, signed in."""
    return signed_in(house.cast.max)


def said(reply: Any) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def reported(house: House, **given: Any) -> Case:
    """A report by ana, just now; → its case."""
    return house.report(**{"now": utc_now(), **given}).case


def test_the_queue_shows_the_most_urgent_first(house: House, max_: Browser) -> None:
    assert "Nothing waits." in said(max_.get("cases"))
    reported(house, reason="spam")
    worried = reported(house, reason="worried", by=house.cast.cleo)
    page = said(max_.get("cases"))
    assert page.index("Worried about somebody Care high") < page.index("Advertising or floods Report")
    assert BAD not in page
    assert "Advertising" not in said(max_.get("cases?kind=care"))
    assert "Nothing waits." in said(max_.get("cases?language=hu"))
    assert "Advertising" in said(max_.get("cases?kind=nonsense&language=xx"))
    Case.objects.filter(id=worried.id).update(due_at=utc_now() - timedelta(minutes=1))
    assert "late: promised for" in said(max_.get("cases"))


def test_who_is_tied_sees_nothing_of_it(house: House, max_: Browser) -> None:
    case = reported(house)
    for person in (house.cast.ana, house.cast.ben, house.cast.dora):  # reported it, leads the group, is concerned
        give_role(account=person.account, kind="second_approver", by=None, now=utc_now())
        browser = signed_in(person)
        assert "Nothing waits." in said(browser.get("cases"))
        assert browser.get(f"cases/{case.id}").status_code == 404
    assert max_.get(f"cases/{case.id}").status_code == 200


def test_pages_cost_the_same_however_much_waits(house: House, max_: Browser) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            assert max_.get(path).status_code == 200
        return len(caught)

    first = reported(house)
    one, page = cost("cases"), cost(f"cases/{first.id}")
    rows = [
        Case(
            id=UUID(int=number),
            kind="rule",
            about=f"x:{number}",
            reason="spam",
            priority="low",
            language="nl",
            opened_at=first.opened_at,
            due_at=first.due_at + timedelta(seconds=number),
        )
        for number in range(1, 131)
    ]
    Case.objects.bulk_create(rows)
    assert cost("cases") == one
    assert cost(f"cases/{first.id}") == page
    # Page after page, each once, and back again.
    seen, path, shown = [], "cases", ""
    while path:
        shown = max_.get(path).content.decode()
        seen += re.findall(r'href="/console/cases/([\w-]+)" data-row', shown)
        onward = re.search(r'href="(\?after=[^"]+)"', shown)
        path = f"cases{onward[1]}" if onward else ""
    assert len(seen) == len(set(seen)) == 131
    back = re.search(r'href="(\?before=[^"]+)"', shown)
    assert back
    before = re.findall(r'href="/console/cases/([\w-]+)" data-row', max_.get(f"cases{back[1]}").content.decode())
    assert before == seen[50:100]
    assert max_.get(f"cases{back[1]}&kind=care").status_code == 400


def test_the_case_page_tells_no_word_before_it_is_asked_for(house: House, max_: Browser) -> None:
    case = reported(house, note="Kanarie: he wrote to me before")
    page = said(max_.get(f"cases/{case.id}"))
    assert "Threats or pressure" in page
    assert house.of(house.cast.dora).alias in page
    assert "Kanarie" not in page
    assert str(house.cast.ana.account.id) not in page


def test_the_rules_with_their_version(max_: Browser) -> None:
    page = said(max_.get("rules"))
    assert "Version 2026-11" in page
    assert "No threats" in page
