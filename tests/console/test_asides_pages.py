"""What is done beside a case for a life, by forms: asked, agreed to, looked at, taken away, told later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.core import limits
from backend.core.accounts.actions.roles import give_role
from moderation.models import Aside, Case, Decision, Evidence, LongerHold
from peers.contacts.actions.contacts import begin_contact
from tests.cast import Cast, utc_now
from tests.console.staffed import Browser, signed_in
from tests.console.test_moderators import audited, claimed, done, past, refused, said, said_of
from tests.moderation.house import House, new_house

pytestmark = pytest.mark.django_db

ASKED: dict[str, Any] = {"why": "Kanarie: wrote goodbye", "facts": "Kanarie: we feared for you", "held_h": "0"}
TOLD = {**ASKED, "authority": "Police", "reference": "Kanarie 4711", "basis": "dsa_18", "told": ["languages"]}


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


@pytest.fixture
def max_(house: House) -> Browser:
    """Max, who moderates, signed in."""
    return signed_in(house.cast.max)


@pytest.fixture(autouse=True)
def many_pages() -> None:
    limits._local.clear()


def test_unsealed_by_two_and_looked_at_by_one(house: House, max_: Browser) -> None:
    begin_contact(member=house.cast.dora.account, role=house.cast.peer, now=utc_now())
    _, path = claimed(house, max_)
    assert "Unseal who somebody is" in said(max_.get(path))
    assert "Only if a life is in danger" in said(max_.get(f"{path}/unseal"))
    assert "It takes hold once a second person agrees." in done(max_, f"{path}/unseal", ASKED)
    made = Decision.objects.get()
    there = f"decisions/{made.id}"
    assert max_.get(f"{there}/identity").status_code == 404  # nobody has agreed

    lea = signed_in(house.cast.lea)
    page = said(lea.get(there))
    assert "Unseal who somebody is of who this case is about" in page
    assert "nothing is seen or told" in page
    assert "Kanarie" not in page
    assert "Why Kanarie: wrote goodbye" in said(lea.post(there, {"reveal": "words"}))
    assert "Done." in done(lea, there, {"act": "yes"})

    assert "open until" in said(max_.get(path))
    assert "Voorbeeldhuis" not in said(max_.get(f"{there}/identity"))
    assert ("identity", "moderator") not in audited(house.cast.dora.account.id)
    shown = said(max_.post(f"{there}/identity", {}))
    assert "Who is beside them Ben (Voorbeeldhuis)" in shown
    assert "Languages English" in shown
    assert ("identity", "moderator") in audited(house.cast.dora.account.id)
    with past(11):  # the second factor was shown too long ago
        assert "confirm" in max_.post(f"{there}/identity", {})["Location"]
    assert lea.post(f"{there}/identity", {}).status_code == 409  # who agreed has not claimed the case
    assert "asked to be in touch" in done(max_, f"{there}/contact", {})
    assert "Ask who is beside them" not in said(max_.post(f"{there}/identity", {}))


def test_who_reported_is_named_by_what_they_reported_alone(house: House, max_: Browser) -> None:
    case, path = claimed(house, max_)
    report = case.reports.get()
    done(max_, f"{path}/unseal", {**ASKED, "report": str(report.id), "at_once": "on"})
    page = said(max_.get(path))
    assert "of who reported: Threats or pressure" in page
    shown = said(max_.post(f"decisions/{Decision.objects.get().id}/identity", {}))
    assert "Languages English" in shown
    assert house.of(house.cast.ana).alias not in shown


def test_what_is_typed_wrongly_or_late_is_not_lost(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    wrong = refused(max_, f"{path}/disclose", {**TOLD, "told": [], "why": "Kanarie: typed for long"})
    assert "Kanarie: typed for long" in wrong
    assert "This measure does not fit here." in wrong
    assert 'role="alert"' in refused(max_, f"{path}/unseal", {**ASKED, "why": ""})
    assert 'role="alert"' in refused(max_, f"{path}/unseal", {**ASKED, "held_h": "5"})
    assert 'role="alert"' in refused(max_, f"{path}/unseal", {**ASKED, "report": "someone"})
    with past(12):
        reply = max_.post(f"{path}/disclose", {**TOLD, "why": "Kanarie: the second factor was asked"})
        assert reply["Location"].startswith("/console/confirm")
    assert Decision.objects.count() == 0
    assert "Kanarie: the second factor was asked" in said(max_.post(path, {"reveal": "words"}))


def test_an_authority_is_told_item_by_item_and_once(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    chosen = Evidence.objects.get(seq=house.seq)
    done(max_, f"{path}/disclose", {**TOLD, "evidence": [str(chosen.id)]})
    made = Decision.objects.get()
    there = f"decisions/{made.id}"
    lea = signed_in(house.cast.lea)
    page = said(lea.get(there))
    assert f"message {house.seq}, version 1, {chosen.alias}" in page
    assert "Of the person Languages" in page
    page = said(lea.post(there, {"reveal": "words"}))
    assert "Its reference Kanarie 4711" in page
    assert "The law A threat to a life (DSA, article 18)" in page
    done(lea, there, {"act": "yes"})
    assert "I know where you live" not in said(max_.get(f"{there}/extract"))
    page = said(max_.post(f"{there}/extract", {}))
    assert "I know where you live" in page
    assert "Kanarie before" not in page
    assert max_.post(f"{there}/extract", {}).status_code == 409
    assert "What an authority is told" not in said(max_.get(path))


def test_at_once_the_other_sees_what_the_person_is_not_told_yet(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    page = done(max_, f"{path}/unseal", {**ASKED, "held_h": "168", "at_once": "on"})
    assert "Another person looks at it within a day." in page
    made = Decision.objects.get()
    mia = signed_in(house.mia)
    assert "Threats or pressure Second look at what was done at once" in said(mia.get("cases"))
    page = said(mia.get(f"decisions/{made.id}"))
    assert "after 7 days at the latest" in page
    assert "It stands, and the person is told now" in page
    assert "Unseal who somebody is" in said(mia.get("untold"))
    done(mia, f"decisions/{made.id}", {"act": "tell"})
    assert Aside.objects.get().told_at is not None
    assert "Everybody has been told." in said(mia.get("untold"))
    assert mia.get(f"untold/{made.id}").status_code == 404


def test_told_later_still_only_by_two(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    done(max_, f"{path}/unseal", {**ASKED, "held_h": "72"})
    made = Decision.objects.get()
    done(signed_in(house.cast.lea), f"decisions/{made.id}", {"act": "yes"})
    there = f"untold/{made.id}"
    assert 'role="alert"' in refused(max_, there, {"act": "ask", "hours": "720", "why": ""})
    asked = {"act": "ask", "hours": "720", "why": "Kanarie: he is still there"}
    with past(12):
        assert max_.post(there, asked)["Location"].startswith("/console/confirm")
    assert "once another agrees" in done(max_, there, asked)
    assert "Another person must agree." in said(max_.get(there))
    assert "Another person must agree." in said_of(refused(max_, there, {"act": "yes"}))
    mia = signed_in(house.mia)
    assert "Kanarie" not in said(mia.get(there))
    assert "Kanarie: he is still there" in said(mia.post(there, {"act": "why"}))
    before = Aside.objects.get().tell_at
    done(mia, there, {"act": "yes"})
    after = Aside.objects.get().tell_at
    assert before is not None
    assert after is not None
    assert after - before > timedelta(days=20)
    assert LongerHold.objects.get().answered_at is not None


def test_who_is_tied_or_has_not_claimed_it_finds_none_of_it(house: House, max_: Browser) -> None:
    case, path = claimed(house, max_)
    done(max_, f"{path}/unseal", {**ASKED, "held_h": "72", "at_once": "on"})
    made = Decision.objects.get()
    mia = signed_in(house.mia)
    for page in (f"{path}/unseal", f"{path}/disclose"):
        assert mia.get(page).status_code == 404
    give_role(account=house.cast.cleo.account, kind="moderator", by=None, now=utc_now())
    cleo = signed_in(house.cast.cleo)  # belongs to the group
    for page in (f"decisions/{made.id}/identity", f"untold/{made.id}", f"decisions/{made.id}"):
        assert cleo.get(page).status_code == 404
    assert "Everybody has been told." in said(cleo.get("untold"))
    Case.objects.filter(id=case.id).update(due_at=utc_now() - timedelta(minutes=1), claimed_by=None, claimed_until=None)
    done(cleo, f"{path}/claim", {})
    assert cleo.get(f"{path}/unseal").status_code == 404
    assert cleo.post(f"decisions/{made.id}/identity", {}).status_code == 403
    assert "For a life" not in said(cleo.get(path))
