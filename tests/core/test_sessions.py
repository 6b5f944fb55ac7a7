"""Signing in, the list of devices, ending sessions, and what is swept away."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from backend.core import limits
from backend.core.accounts import access_code, tokens
from backend.core.accounts.actions.sessions import PER_PREFIX, PREFIX, SHARED_DEVICE, revoke_session
from backend.core.accounts.models import Account, Session, Ticket
from backend.core.accounts.sweep import SESSIONS_KEPT, sweep
from backend.core.jobs import jobs
from backend.core.models import KeptReply
from backend.core.sealing import datakeys
from backend.core.sealing.keyring import keyring
from backend.core.sealing.models import DataKey
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, client_with, new_person, new_session, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


# -- signing in -------------------------------------------------------------------------------------------------------


def test_sign_in_opens_a_session(cast: Cast) -> None:
    reply = APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code, "device_name": "Téléphone"})
    assert reply.status_code == 201
    told = reply.json()
    assert set(told) == {"account", "session", "token"}
    assert told["account"] == str(cast.ana.account.id)
    assert client_with(told["token"]).get(f"{API}/me").status_code == 200


@pytest.mark.parametrize("form", ["upper", "hyphens", "joined", "spaced", "accents"])
def test_typing_is_forgiven(form: str) -> None:
    person = new_person(locale="es")
    typed = {
        "upper": person.code.upper(),
        "hyphens": person.code.replace(" ", " - "),
        "joined": person.code.replace(" ", ""),
        "spaced": f"\n {person.code.replace(' ', '   ')}\t",
        "accents": person.code.replace("a", "á").replace("n", "ñ"),
    }[form]
    assert APIClient().post(f"{API}/sessions", {"access_code": typed}).status_code == 201


def test_an_old_token_does_not_keep_anybody_from_signing_in(cast: Cast) -> None:
    assert client_with("stale").post(f"{API}/sessions", {"access_code": cast.ana.code}).status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/access_code", "required"),
        ({"access_code": None}, "/access_code", "not_null"),
        ({"access_code": ["a"]}, "/access_code", "not_text"),
        ({"access_code": ""}, "/access_code", "text_empty"),
        ({"access_code": "a\x00b"}, "/access_code", "text_control_character"),
        ({"access_code": "x" * 201}, "/access_code", "text_too_long"),
        ({"access_code": "\ud800"}, "/access_code", "text_control_character"),
        ({"access_code": "words", "account": str(uuid4())}, "", "unknown_field"),
        ({"access_code": "words", "shared_device": 1}, "/shared_device", "not_flag"),
    ],
)
def test_sign_in_names_what_is_wrong(body: dict[str, object], pointer: str, code: str) -> None:
    # By hand: the client's own JSON would not send half a surrogate pair.
    reply = APIClient().post(f"{API}/sessions", json.dumps(body), content_type="application/json")
    if code == "text_control_character" and reply.json()["code"] == "malformed":
        return  # the parser was faster
    assert codes_at(reply)[pointer] == code


def test_what_cannot_be_a_code_is_refused_as_that() -> None:
    refused(APIClient().post(f"{API}/sessions", {"access_code": "12 34"}), 400, "access_code_malformed")


def test_sign_in_again_is_another_session_whatever_the_key(cast: Cast) -> None:
    client, body = APIClient(), {"access_code": cast.ana.code}
    first, second = (client.post(f"{API}/sessions", body, HTTP_IDEMPOTENCY_KEY="same").json() for _ in range(2))
    assert first["token"] != second["token"]
    assert not KeptReply.objects.exists()


def test_guessing_codes_of_one_beginning_ends(cast: Cast) -> None:
    beginning = cast.ana.code.replace(" ", "")[:PREFIX]
    for number in range(PER_PREFIX.burst):
        reply = APIClient().post(f"{API}/sessions", {"access_code": f"{beginning} and more {'x' * number}"})
        refused(reply, 401, "sign_in_failed")
    reply = APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code})
    refused(reply, 429, "too_many")
    assert int(reply["Retry-After"]) > 0
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        assert APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code}).status_code == 201


def test_guessing_from_one_network_ends() -> None:
    codes = [f"{letter}{other}uvwxyz guess" for letter in "abcdef" for other in "abcdef"]
    statuses = [APIClient().post(f"{API}/sessions", {"access_code": code}).status_code for code in codes]
    assert statuses == [401] * 30 + [429] * 6
    elsewhere = APIClient().post(f"{API}/sessions", {"access_code": codes[-1]}, REMOTE_ADDR="203.0.113.9")
    refused(elsewhere, 401, "sign_in_failed")


def test_without_limits_nobody_signs_in(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(limits, "_take_in_table", fail)
    reply = APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code})
    refused(reply, 503, "unavailable")
    assert int(reply["Retry-After"]) > 0


def test_codes_move_to_a_new_pepper_as_they_are_used(cast: Cast, settings: Settings) -> None:
    old = json.loads(settings.SECRETS_JSON)
    old["pepper"]["2"] = base64.b64encode(b"n" * 32).decode()
    settings.SECRETS_JSON = json.dumps(old)
    keyring.cache_clear()
    try:
        assert APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code}).status_code == 201
        account = Account.objects.get(id=cast.ana.account.id)
        assert account.code_pepper == 2
        assert bytes(account.code_hash) == access_code.hash_code(code=cast.ana.code, pepper=b"n" * 32)
        assert APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code}).status_code == 201
        assert Account.objects.get(id=cast.ben.account.id).code_pepper == 1
    finally:
        keyring.cache_clear()


# -- the list of devices ----------------------------------------------------------------------------------------------


def test_list_shows_the_own_open_sessions(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = new_person(device_name="My phone")
    new_session(person.account)
    ended, _ = new_session(person.account)
    revoke_session(by=person.account, session=ended.id, now=utc_now())
    client = client_of(person)
    with django_assert_num_queries(2):  # session with account; sessions
        told = client.get(f"{API}/sessions").json()
    assert told["next"] is told["prev"] is None
    assert [item["device_name"] for item in told["items"]] == [None, "My phone"]
    assert [item["current"] for item in told["items"]] == [False, True]
    assert told["items"][1]["id"] == str(person.session.id)
    assert told["items"][1]["seen_on"] == utc_now().date().isoformat()
    assert set(told["items"][0]) == {
        "id",
        "device_name",
        "shared_device",
        "created_at",
        "seen_on",
        "expires_at",
        "current",
    }


def test_list_pages(cast: Cast, client_of: Client) -> None:
    for _ in range(4):
        new_session(cast.ana.account)
    client = client_of(cast.ana)
    whole = client.get(f"{API}/sessions").json()["items"]
    first = client.get(f"{API}/sessions?limit=3").json()
    rest = client.get(f"{API}/sessions", {"limit": 3, "after": first["next"]}).json()
    assert first["items"] + rest["items"] == whole
    refused(client_of(cast.ben).get(f"{API}/sessions", {"after": first["next"]}), 400, "cursor_invalid")
    refused(client.get(f"{API}/sessions?except=current"), 400, "parameter_unknown")


def test_the_name_of_a_device_is_sealed() -> None:
    person = new_person(device_name="Lavender phone")
    assert "Lavender" not in dump_databases()
    assert b"Lavender" not in bytes(Session.objects.get(id=person.session.id).device_name or b"")


def test_a_session_is_marked_once_a_day(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = client_with(cast.ana.token)
    with time_machine.travel(utc_now() + timedelta(days=1)):
        with django_assert_num_queries(3):
            client.get(f"{API}/me")
        with django_assert_num_queries(2):
            client.get(f"{API}/me")
        assert Session.objects.get(id=cast.ana.session.id).seen_on == utc_now().date()


def test_shared_device_is_signed_out_after_12_hours() -> None:
    person = new_person(shared_device=True)
    client = client_with(person.token)
    with time_machine.travel(utc_now() + SHARED_DEVICE - timedelta(minutes=1)):
        assert client.get(f"{API}/me").status_code == 200
    with time_machine.travel(utc_now() + SHARED_DEVICE):
        refused(client.get(f"{API}/me"), 401, "sign_in_needed")
    with time_machine.travel(utc_now() + timedelta(days=400)):
        assert client_with(new_person().token).get(f"{API}/me").status_code == 200


# -- ending them ------------------------------------------------------------------------------------------------------


def test_revoke_one(cast: Cast, client_of: Client) -> None:
    other, token = new_session(cast.ana.account)
    client = client_of(cast.ana)
    assert client.delete(f"{API}/sessions/{other.id}").status_code == 204
    refused(client_with(token).get(f"{API}/me"), 401, "sign_in_needed")
    assert client.delete(f"{API}/sessions/{other.id}").status_code == 204
    assert inbox_of(cast.ana.account) == [{"type": "session.revoked", "seq": 1, "session": str(other.id)}]


def test_sign_out(cast: Cast) -> None:
    client = client_with(cast.ana.token)
    assert client.delete(f"{API}/sessions/{cast.ana.session.id}").status_code == 204
    refused(client.get(f"{API}/me"), 401, "sign_in_needed")


def test_a_stranger_cannot_end_it_nor_learn_of_it(cast: Cast, client_of: Client) -> None:
    stranger = client_of(cast.cleo)
    for session in (cast.ana.session.id, uuid4()):
        refused(stranger.delete(f"{API}/sessions/{session}"), 404, "not_found")
    refused(stranger.delete(f"{API}/sessions/no-id"), 404, "not_found")
    refused(APIClient().delete(f"{API}/sessions/{cast.ana.session.id}"), 401, "sign_in_needed")
    assert client_of(cast.ana).get(f"{API}/me").status_code == 200


def test_revoke_all_others(cast: Cast, client_of: Client) -> None:
    others = {str(new_session(cast.ana.account)[0].id) for _ in range(3)}
    client = client_of(cast.ana)
    for bad in ("", "?except=", "?except=other", "?except=current&except=current"):
        refused(client.delete(f"{API}/sessions{bad}"), 400, "parameter_invalid")
    refused(client.delete(f"{API}/sessions?except=current&why=so"), 400, "parameter_unknown")
    assert client.delete(f"{API}/sessions?except=current").status_code == 204
    assert client.delete(f"{API}/sessions?except=current").status_code == 204
    assert [item["current"] for item in client.get(f"{API}/sessions").json()["items"]] == [True]
    assert {event["session"] for event in inbox_of(cast.ana.account)} == others
    assert client_of(cast.ben).get(f"{API}/me").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_session_ended_by_two_at_once_is_told_once(cast: Cast) -> None:
    other, _ = new_session(cast.ana.account)
    together(*[lambda: revoke_session(by=cast.ana.account, session=other.id, now=utc_now())] * 4)
    assert len(inbox_of(cast.ana.account)) == 1


# -- what is over goes ------------------------------------------------------------------------------------------------


def test_sweep_ends_what_has_expired_and_forgets_what_is_long_over(cast: Cast) -> None:
    shared = new_person(shared_device=True)
    fresh, _ = new_session(cast.ana.account)
    long_over, _ = new_session(cast.ana.account)
    now = utc_now()
    revoke_session(by=cast.ana.account, session=fresh.id, now=now)
    revoke_session(by=cast.ana.account, session=long_over.id, now=now - SESSIONS_KEPT)
    Ticket.objects.create(hash=b"1" * 32, session=cast.ana.session, expires_at=now)
    Ticket.objects.create(hash=b"2" * 32, session=cast.ana.session, expires_at=now + timedelta(seconds=9))
    assert sweep(now) == 0
    assert sweep(now + SHARED_DEVICE) == 1
    assert sweep(now + SHARED_DEVICE) == 0
    assert [event["session"] for event in inbox_of(shared.account)] == [str(shared.session.id)]
    assert Session.objects.filter(id=fresh.id).exists()
    assert not Session.objects.filter(id=long_over.id).exists()
    assert not Ticket.objects.exists()


def test_sweep_leaves_what_is_in_use(cast: Cast) -> None:
    Ticket.objects.create(hash=b"2" * 32, session=cast.ana.session, expires_at=utc_now() + timedelta(seconds=9))
    before = Session.objects.filter(revoked_at=None).count()
    sweep(utc_now())
    assert Ticket.objects.count() == 1
    assert Session.objects.filter(revoked_at=None).count() == before > 0


def test_keys_without_an_owner_go_after_a_day(cast: Cast) -> None:
    orphan, now = uuid4(), utc_now()
    datakeys.create_key(owner=orphan, at=now)
    assert datakeys.sweep_orphans(now + timedelta(hours=23)) == 0
    assert datakeys.sweep_orphans(now + timedelta(hours=25)) == 1
    assert not DataKey.objects.filter(owner=orphan).exists()
    assert DataKey.objects.filter(owner=cast.ana.account.id).exists()


def test_many_keys_without_an_owner_are_a_fault_and_stay(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(datakeys, "ORPHANS_AT_MOST", 3)
    now = utc_now()
    for _ in range(4):
        datakeys.create_key(owner=uuid4(), at=now)
    before = DataKey.objects.count()
    with caplog.at_level(logging.ERROR):
        assert datakeys.sweep_orphans(now + timedelta(days=2)) == 0
    assert "too many to be true" in caplog.text
    assert DataKey.objects.count() == before


def test_the_worker_sweeps() -> None:
    assert {sweep, datakeys.sweep_orphans} <= {job.act for job in jobs()}


# -- secrets stay secret ----------------------------------------------------------------------------------------------


def test_no_code_and_no_token_is_in_a_log_or_in_the_database(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    agreed = {"account": "2026-11"}
    made = APIClient().post(f"{API}/accounts", {"locale": "en", "adult": True, "consents": agreed}).json()
    client = client_with(made["token"])
    ticket = client.post(f"{API}/realtime/tickets").json()["ticket"]
    opened = APIClient().post(f"{API}/sessions", {"access_code": made["access_code"]}).json()
    fresh = client.post(f"{API}/me/access-code", {"access_code": made["access_code"]}).json()["access_code"]
    client.post(f"{API}/me/access-code", {"access_code": made["access_code"]})
    client.post(f"{API}/sessions", {"access_code": made["access_code"], "nonsense": made["access_code"]})
    stored = dump_databases()
    assert made["account"] in stored
    for secret in (made["token"], opened["token"], ticket, made["access_code"], fresh):
        for form in (secret, secret.replace(" ", ""), secret.split()[0] + " " if " " in secret else secret):
            assert form not in caplog.text
            assert form not in stored
            assert form.encode().hex() not in stored
    assert tokens.hash_token(token=made["token"]).hex() in stored
