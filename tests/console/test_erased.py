"""The page of a case whose person has erased their account: it says so, and offers nothing that falls on a person."""

from __future__ import annotations

import pytest

from tests.cast import Cast, utc_now
from tests.console.staffed import signed_in
from tests.console.test_moderators import reported, said
from tests.core.erased import erase
from tests.moderation.house import new_house

pytestmark = pytest.mark.django_db


def test_the_page_says_so_and_offers_what_is_left(cast: Cast) -> None:
    house = new_house(cast)
    alias = house.of(cast.dora).alias
    case = reported(house)
    browser = signed_in(cast.max)
    browser.get(f"cases/{case.id}")
    browser.post(f"cases/{case.id}/claim", {})
    before = browser.get(f"cases/{case.id}").content.decode()
    assert 'name="mute"' in before
    erase(cast.dora, now=utc_now())
    shown = browser.get(f"cases/{case.id}")
    assert "somebody who has erased their account" in said(shown)
    assert alias not in said(shown)
    page = shown.content.decode()
    assert 'name="hide"' in page
    for kind in ("mute", "remove", "warn", "suspend", "exclude"):
        assert f'name="{kind}"' not in page
