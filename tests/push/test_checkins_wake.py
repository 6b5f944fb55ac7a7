"""Check-ins and wishes for contact wake whom they are for, as long as there is something to do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.core.accounts.models import Account
from backend.core.push.actions.sending import send_due
from peers.checkins.actions import clock, requests
from peers.checkins.models import Checkin
from peers.contacts.actions.contacts import begin_contact
from tests.cast import Cast, utc_now
from tests.peers.asking_how import ahead, answer, set_wishes
from tests.push.conftest import House, expand, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(house: House, cast: Cast) -> tuple[Checkin, datetime]:
    """Ana's next check-in has just opened; → it and when."""
    house.phone(cast.ana, "anas")
    set_wishes(cast.ana.account, now=utc_now())
    there = ahead(cast.ana.account)
    assert there.due_at is not None
    expand(now=utc_now())
    assert waiting() == []
    now = there.due_at + timedelta(seconds=1)
    assert clock.open_due(now=now) == 1
    expand(now=now)
    assert len(waiting()) == 1
    return Checkin.objects.select_related("plan").get(id=there.id), now


def sent(house: House) -> list[str]:
    return [told["token"] for told in house.fcm.messages()]


def test_a_check_in_wakes_its_member_once(house: House, asked: tuple[Checkin, datetime]) -> None:
    house.work(now=asked[1])
    house.work(now=asked[1] + timedelta(minutes=1))
    assert sent(house) == ["anas"]


def test_what_is_answered_meanwhile_wakes_nobody(house: House, cast: Cast, asked: tuple[Checkin, datetime]) -> None:
    there, now = asked
    answer(cast.ana.account, there, now=now)
    send_due(now=now + timedelta(seconds=31))
    assert (sent(house), waiting()) == ([], [])


def test_who_is_suspended_is_not_woken(house: House, cast: Cast, asked: tuple[Checkin, datetime]) -> None:
    Account.objects.filter(id=cast.ana.account.id).update(locked_at=asked[1], suspended_at=asked[1])
    send_due(now=asked[1] + timedelta(seconds=31))
    assert (sent(house), waiting()) == ([], [])


def test_a_wish_for_contact_wakes_who_is_asked_and_then_who_asked(house: House, cast: Cast) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    house.phone(cast.ana, "anas")
    house.phone(cast.ben, "bens")
    house.work()
    house.fcm.got.clear()
    made = requests.ask_contact(by=cast.ana.account, now=utc_now())
    house.work()
    assert sent(house) == ["bens"]
    requests.acknowledge_request(by=cast.ben.account, request=made.id, now=utc_now())
    house.work()
    assert sent(house) == ["bens", "anas"]
