"""The moderators' page of messages that wait before they are posted."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from backend.core.accounts.actions.roles import give_role
from messaging.models import HeldMessage, Message
from moderation.actions.holds import escalate_due
from tests.cast import Cast, utc_now
from tests.console.staffed import Browser, signed_in
from tests.console.test_moderators import said
from tests.moderation.house import House, new_house
from tests.moderation.test_holds import TEXT, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


def due(house: House) -> UUID:
    """dora's message has waited for a day."""
    held = hold(house)
    HeldMessage.objects.filter(id=held).update(due_at=utc_now() - timedelta(minutes=1))
    escalate_due(now=utc_now())
    return held


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_no_word_of_it_is_shown_before_it_is_asked_for(house: House) -> None:
    held = due(house)
    max_ = signed_in(house.cast.max)
    listed, page = said(max_.get("holds")), said(max_.get(f"holds/{held}"))
    assert "Side by side" in listed
    for shown in (listed, page):
        assert "Kanarie" not in shown
    opened = said(max_.post(f"holds/{held}", {"act": "read"}))
    assert TEXT in opened
    assert "This looks like a phone number." in opened


def test_it_is_posted(house: House) -> None:
    held = due(house)
    max_ = signed_in(house.cast.max)
    opened = max_.post(f"holds/{held}", {"act": "read"}).content.decode()
    reply = max_.post(f"holds/{held}", {"act": "release", "version": version_in(opened)})
    assert reply.status_code == 303
    assert Message.objects.filter(message_id=held).exists()
    listed = said(max_.get("holds"))
    assert "It is posted." in listed
    assert "Nothing waits." in listed
    assert max_.get(f"holds/{held}").status_code == 404


def test_it_is_given_back_with_a_word(house: House) -> None:
    held = due(house)
    max_ = signed_in(house.cast.max)
    assert max_.post(f"holds/{held}", {"act": "return", "version": "1", "word": ""}).status_code == 400
    assert max_.post(f"holds/{held}", {"act": "return", "version": "2", "word": "Not here"}).status_code == 400
    assert max_.post(f"holds/{held}", {"act": "return", "version": "1", "word": "Not here"}).status_code == 303
    assert HeldMessage.objects.get(id=held).state == "returned"


def test_who_is_tied_does_not_find_it(house: House) -> None:
    held = due(house)
    for person in (house.cast.ana, house.cast.ben):
        give_role(account=person.account, kind="moderator", by=None, now=utc_now())
        browser: Browser = signed_in(person)
        assert "Nothing waits." in said(browser.get("holds"))
        assert browser.get(f"holds/{held}").status_code == 404
