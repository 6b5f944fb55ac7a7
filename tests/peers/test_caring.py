"""Texts that ask nothing: in the member's hours, not while they pause, signed only by who has confirmed the text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Role
from backend.core.jobs import run_due
from peers.checkins.actions import caring
from peers.checkins.models import CaringMessage, CaringSignature, Plan
from peers.checkins.questions import CARING
from peers.contacts.actions.contacts import begin_contact, change_contact, end_contact, pause_contact
from tests.asking import API, inbox_of, refused
from tests.cast import Cast, Person, utc_now
from tests.peers.asking_how import MONDAY, days, hour_of, set_wishes
from tests.peers.beside import another_peer

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
TEXTS, MESSAGES = f"{API}/me/expert/caring-texts", f"{API}/me/caring-messages"
KEYS = list(CARING)


def types(account: Account) -> list[str]:
    return [event["type"] for event in inbox_of(account)]


def caring_until(last: datetime) -> list[CaringMessage]:
    """Let the clock come to every moment at which a text is due, a second before and after it; → those sent so far."""
    while (due := Plan.objects.get().caring_due) is not None and due <= last:
        sent = CaringMessage.objects.count()
        run_due(now=due - timedelta(seconds=1))
        assert CaringMessage.objects.count() == sent, "nothing before its time"
        run_due(now=due + timedelta(seconds=1))
    return list(CaringMessage.objects.order_by("sent_at"))


def next_one(account: Account) -> CaringMessage:
    """The clock comes to the next text."""
    due = Plan.objects.get(account=account).caring_due
    assert due is not None
    before = CaringMessage.objects.count()
    for now in days(due, due + timedelta(hours=30), hours=2):
        caring.send_caring(now=now)
        if CaringMessage.objects.count() > before:
            return CaringMessage.objects.latest("sent_at")
    raise AssertionError("there was none within its hours")


# -- when -------------------------------------------------------------------------------------------------------------


def test_they_come_in_the_members_hours_and_not_while_they_pause(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    paused_until = MONDAY + timedelta(days=90)
    set_wishes(ana, caring=True, paused_until=paused_until)
    assert caring_until(paused_until - timedelta(days=1)) == [], "not while they pause"
    run_due(now=paused_until)
    assert not CaringMessage.objects.exists(), "it is morning"
    sent = caring_until(MONDAY + timedelta(days=200))
    assert len(sent) == 4
    assert len({message.text_key for message in sent}) == 3
    assert all(hour_of(message.sent_at) in (18, 19, 20) for message in sent)
    told = client_of(ana).get(MESSAGES, HTTP_ACCEPT_LANGUAGE="en").json()["items"]
    assert all("comes by itself" in message["text"] and "?" not in message["text"] for message in told)
    assert [message["signed_by"] for message in told] == [None] * 4
    assert types(ana).count("caring.sent") == 4


def test_no_text_asks_anything() -> None:
    for text in CARING.values():
        assert "?" not in f"{text.signed}{text.by_itself}"
        assert "by itself" in str(text.by_itself)
        assert "by itself" not in str(text.signed)


# -- who signs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def beside(cast: Cast) -> Role:
    """ben is ana's contact person; she likes to get texts that ask nothing."""
    begin_contact(member=cast.ana.account, role=cast.peer, now=MONDAY)
    set_wishes(cast.ana.account, caring=True)
    return cast.peer


def test_a_contact_person_who_has_confirmed_the_text_signs_it(cast: Cast, beside: Role, client_of: Client) -> None:
    ben, ana = client_of(cast.ben), client_of(cast.ana)
    shown = ben.get(TEXTS, HTTP_ACCEPT_LANGUAGE="nl").json()["items"]
    assert [(one["key"], one["confirmed_at"]) for one in shown] == [(key, None) for key in KEYS]
    before = types(cast.ben.account).count("settings.changed")
    reply = ben.put(f"{TEXTS}/{KEYS[0]}", {})
    assert (reply.status_code, reply.json()["key"]) == (200, KEYS[0]), reply.content
    assert reply.json()["confirmed_at"] is not None
    assert ben.put(f"{TEXTS}/{KEYS[0]}", {}).json() == reply.json(), "again changes nothing"
    assert types(cast.ben.account).count("settings.changed") == before + 1
    assert [bool(one["confirmed_at"]) for one in ben.get(TEXTS).json()["items"]] == [True, False, False]
    assert (next_one(cast.ana.account).signed_by, next_one(cast.ana.account).signed_by) == (beside, None)
    plain, signed = ana.get(MESSAGES, HTTP_ACCEPT_LANGUAGE="en").json()["items"]
    assert signed["signed_by"] == {"peer": str(beside.id), "alias": "Ben", "avatar_key": "wave-sand"}
    assert signed["text"] == str(CARING[KEYS[0]].signed)
    assert (plain["signed_by"], plain["text"]) == (None, str(CARING[KEYS[1]].by_itself)), "only the text that they read"


def test_what_is_withdrawn_comes_by_itself_again(cast: Cast, beside: Role, client_of: Client) -> None:
    ben = client_of(cast.ben)
    before = types(cast.ben.account).count("settings.changed")
    for key in KEYS:
        ben.put(f"{TEXTS}/{key}", {})
    signed = next_one(cast.ana.account)
    for _ in range(2):
        assert ben.delete(f"{TEXTS}/{KEYS[1]}").status_code == 204
    assert next_one(cast.ana.account).signed_by is None
    assert CaringMessage.objects.get(id=signed.id).signed_by == beside, "what was signed stays so"
    assert types(cast.ben.account).count("settings.changed") == before + 4


def test_nobody_else_signs_for_a_member(cast: Cast, beside: Role) -> None:
    """Not the backup, not who was beside her before, not who only stepped in."""
    _, noor = another_peer(cast)
    begin_contact(member=cast.ana.account, role=noor, now=MONDAY)  # her backup
    for key in KEYS:
        caring.confirm_caring(by=noor.account, text_key=key, now=MONDAY)
    assert next_one(cast.ana.account).signed_by is None
    for key in KEYS:
        caring.confirm_caring(by=cast.ben.account, text_key=key, now=MONDAY)
    assert next_one(cast.ana.account).signed_by == beside
    change_contact(by=cast.ana.account, reason_code=None, now=utc_now())
    assert next_one(cast.ana.account).signed_by is None


def test_who_wishes_to_be_left_alone_gets_none_from_a_person(cast: Cast, beside: Role) -> None:
    for key in KEYS:
        caring.confirm_caring(by=cast.ben.account, text_key=key, now=MONDAY)
    pause_contact(by=cast.ana.account, now=MONDAY)
    assert next_one(cast.ana.account).signed_by is None
    end_contact(by=cast.ana.account, now=MONDAY)
    assert next_one(cast.ana.account).signed_by is None


def test_with_the_role_the_signatures_end(cast: Cast, beside: Role) -> None:
    for key in KEYS:
        caring.confirm_caring(by=cast.ben.account, text_key=key, now=MONDAY)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    assert not CaringSignature.objects.exists()
    assert next_one(cast.ana.account).signed_by is None


def test_only_peer_experts_confirm_and_only_what_there_is(cast: Cast, beside: Role, client_of: Client) -> None:
    for person in (cast.ana, cast.olga, cast.max):
        client = client_of(person)
        refused(client.get(TEXTS), 404, "not_found")
        refused(client.put(f"{TEXTS}/{KEYS[0]}", {}), 404, "not_found")
        refused(client.delete(f"{TEXTS}/{KEYS[0]}"), 404, "not_found")
    ben = client_of(cast.ben)
    refused(ben.put(f"{TEXTS}/hug", {}), 404, "not_found")
    refused(ben.delete(f"{TEXTS}/hug"), 404, "not_found")
    assert ben.put(f"{TEXTS}/{KEYS[0]}", {"text": "I love you"}).status_code == 400
    refused(APIClient().get(TEXTS), 401, "sign_in_needed")
    assert not CaringSignature.objects.exists()
