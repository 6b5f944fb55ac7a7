"""Signing up, the own account, replacing the access code, locking; the small public lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts import errors, standing
from backend.core.accounts.actions.accounts import (
    create_account,
    lock_account,
    rotate_code,
    unlock_account,
)
from backend.core.accounts.actions.codes import CODE_ASKED
from backend.core.accounts.consents import CONSENTS
from backend.core.accounts.models import Account, Region, Session
from backend.core.accounts.queries import open_sessions
from backend.core.aliases import AVATAR_KEYS
from backend.core.models import KeptReply
from backend.core.sealing.models import DataKey
from tests.asking import API, codes_at, inbox_of, refused, together
from tests.cast import Cast, Person, client_with, new_person, new_session, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

SIGN_UP = {"locale": "nl", "adult": True, "consents": {"account": CONSENTS["account"]}}


# -- signing up -------------------------------------------------------------------------------------------------------


def test_sign_up_needs_nothing_but_consent() -> None:
    reply = APIClient().post(f"{API}/accounts", SIGN_UP)
    assert reply.status_code == 201
    told = reply.json()
    assert set(told) == {"account", "access_code", "token", "session"}
    assert len(told["access_code"].split()) == 7
    assert reply["Cache-Control"] == "no-store"
    me = client_with(told["token"]).get(f"{API}/me").json()
    assert me == {"account": told["account"], "locale": "nl", "roles": []}
    account = Account.objects.get(id=told["account"])
    assert account.consents.get().version == CONSENTS["account"]
    assert DataKey.objects.filter(owner=account.id).exists()
    assert inbox_of(account) == []


def test_code_is_in_the_words_of_the_language() -> None:
    assert len(new_person(locale="es").code.split()) == 9


def test_inbox_and_account_are_unlike_anything_else() -> None:
    account = new_person().account
    assert account.inbox != account.id
    assert UUID(str(account.inbox)).version == 4


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"invited_by": "abc"}, "", "unknown_field"),
        ({"invite": 7}, "/invite", "not_text"),
        ({"adult": "true"}, "/adult", "not_flag"),
        ({"adult": 1}, "/adult", "not_flag"),
        ({"adult": None}, "/adult", "not_null"),
        ({"locale": "xx"}, "/locale", "not_choice"),
        ({"locale": ["nl"]}, "/locale", "not_choice"),
        ({"consents": [CONSENTS["account"]]}, "/consents", "not_object"),
        ({"consents": {"account": 202611}}, "/consents/account", "not_text"),
        ({"consents": {"account": "2026-11", "selling": "2026-11"}}, "/consents", "unknown_field"),
        ({"device_name": "a\x00b"}, "/device_name", "text_control_character"),
        ({"device_name": "\u202ephone"}, "/device_name", "text_control_character"),
        ({"device_name": "x" * 61}, "/device_name", "text_too_long"),
        ({"device_name": 7}, "/device_name", "not_text"),
        ({"shared_device": "no"}, "/shared_device", "not_flag"),
    ],
)
def test_sign_up_names_what_is_wrong(change: dict[str, object], pointer: str, code: str) -> None:
    reply = APIClient().post(f"{API}/accounts", SIGN_UP | change)
    assert codes_at(reply)[pointer] == code
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"adult": False}, "adult_needed"),
        ({"consents": {}}, "consent_needed"),
        ({"consents": {"checkins": CONSENTS["checkins"]}}, "consent_needed"),
        ({"consents": {"account": "2020-01"}}, "consent_version_unknown"),
    ],
)
def test_sign_up_is_refused_without_age_or_consent(change: dict[str, object], code: str) -> None:
    refused(APIClient().post(f"{API}/accounts", SIGN_UP | change), 400, code)
    assert not Account.objects.exists()
    assert not DataKey.objects.exists()


def test_the_action_guards_itself() -> None:
    given = {"locale": "nl", "device_name": None, "shared_device": False, "now": utc_now()}
    agreed = {"account": CONSENTS["account"]}
    with pytest.raises(errors.AdultNeeded):
        create_account(adult=False, consents=agreed, **given)  # type: ignore[arg-type]
    with pytest.raises(errors.ConsentNeeded):
        create_account(adult=True, consents={}, **given)  # type: ignore[arg-type]
    with pytest.raises(errors.ConsentPurposeUnknown):
        create_account(adult=True, consents=agreed | {"selling": "1"}, **given)  # type: ignore[arg-type]
    with pytest.raises(errors.LocaleUnknown):
        create_account(adult=True, consents=agreed, **{**given, "locale": "xx"})  # type: ignore[arg-type]


def test_sign_up_again_is_another_account_whatever_the_key() -> None:
    client, path = APIClient(), f"{API}/accounts"
    first, second = (client.post(path, SIGN_UP, HTTP_IDEMPOTENCY_KEY="same").json() for _ in range(2))
    assert first["account"] != second["account"]
    assert first["access_code"] != second["access_code"]
    assert not KeptReply.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"locale": NaN}', b"[" * 30_000])
def test_sign_up_with_no_sense_in_it(body: bytes) -> None:
    reply = APIClient().post(f"{API}/accounts", body, content_type="application/json")
    assert reply.status_code == 400
    assert not Account.objects.exists()


def test_huge_body_is_refused() -> None:
    reply = APIClient().post(f"{API}/accounts", SIGN_UP | {"device_name": "x" * 100_000})
    refused(reply, 413, "body_too_large")


def test_too_many_sign_ups_from_one_network() -> None:
    replies = [APIClient().post(f"{API}/accounts", {}) for _ in range(41)]
    assert {reply.status_code for reply in replies[:40]} == {400}
    refused(replies[40], 429, "too_many")
    assert int(replies[40]["Retry-After"]) > 0


# -- the own account --------------------------------------------------------------------------------------------------


def test_me_tells_the_own_id_and_roles(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ben)
    with django_assert_num_queries(2):  # session with account; roles with organisation
        told = client.get(f"{API}/me").json()
    assert told["account"] == str(cast.ben.account.id)
    assert told["roles"] == [
        {
            "id": str(cast.peer.id),
            "kind": "peer_expert",
            "organisation": {"id": str(cast.organisation.id), "name": "Voorbeeldhuis"},
            "alias": "Ben",
            "avatar_key": "wave-sand",
        }
    ]
    assert client_of(cast.max).get(f"{API}/me").json()["roles"][0]["organisation"] is None


@pytest.mark.parametrize("path", ["/me", "/me/consents", "/me/aliases", "/me/profile", "/sessions"])
@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic YTpi", "Bearer", "Bearer \xff\xfe", "nonsense"])
def test_without_a_session_there_is_nothing(path: str, header: str | None) -> None:
    client = APIClient()
    if header is not None:
        client.credentials(HTTP_AUTHORIZATION=header)
    reply = client.get(f"{API}{path}")
    refused(reply, 401, "sign_in_needed")
    assert reply["WWW-Authenticate"] == "Bearer"


def test_change_of_language_is_told_to_the_other_devices(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert client.patch(f"{API}/me", {"locale": "ro"}).json()["locale"] == "ro"
    assert client.patch(f"{API}/me", {"locale": "ro"}).json()["locale"] == "ro"
    assert client.patch(f"{API}/me", {}).json()["locale"] == "ro"
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["settings.changed"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"locale": "klingon"}, "/locale", "not_choice"),
        ({"locale": None}, "/locale", "not_null"),
        ({"locale": 3}, "/locale", "not_choice"),
        ({"roles": ["moderator"]}, "", "unknown_field"),
        ({"account": str(uuid4())}, "", "unknown_field"),
    ],
)
def test_change_names_what_is_wrong(
    cast: Cast, client_of: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    assert codes_at(client_of(cast.ana).patch(f"{API}/me", body))[pointer] == code
    cast.ana.account.refresh_from_db()
    assert cast.ana.account.locale == "en"
    assert inbox_of(cast.ana.account) == []


# -- a new access code ------------------------------------------------------------------------------------------------


def sign_in_with(code: str) -> int:
    return APIClient().post(f"{API}/sessions", {"access_code": code}).status_code


def test_rotation_kills_the_old_code_and_the_other_sessions(cast: Cast, client_of: Client) -> None:
    other, other_token = new_session(cast.ana.account)
    reply = client_of(cast.ana).post(f"{API}/me/access-code", {"access_code": cast.ana.code})
    assert reply.status_code == 200
    fresh = reply.json()["access_code"]
    assert sign_in_with(cast.ana.code) == 401
    assert sign_in_with(fresh) == 201
    assert client_with(other_token).get(f"{API}/me").status_code == 401
    assert client_of(cast.ana).get(f"{API}/me").status_code == 200
    told = [(event["type"], event.get("session")) for event in inbox_of(cast.ana.account)]
    assert told == [("session.revoked", str(other.id)), ("settings.changed", None)]


def test_rotation_forgives_how_the_code_is_typed(cast: Cast, client_of: Client) -> None:
    typed = "  " + cast.ana.code.upper().replace(" ", "-") + "\u00a0"
    assert client_of(cast.ana).post(f"{API}/me/access-code", {"access_code": typed}).status_code == 200


def test_rotation_asks_for_the_own_code(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    for wrong in (cast.ben.code, "some other words", cast.ana.code + "s"):
        refused(client.post(f"{API}/me/access-code", {"access_code": wrong}), 403, "access_code_wrong")
    refused(client.post(f"{API}/me/access-code", {"access_code": "123 456"}), 400, "access_code_malformed")
    assert codes_at(client.post(f"{API}/me/access-code", {})) == {"/access_code": "required"}
    assert sign_in_with(cast.ana.code) == 201
    assert inbox_of(cast.ana.account) == []


def test_rotation_again_needs_the_new_code(cast: Cast, client_of: Client) -> None:
    client, body = client_of(cast.ana), {"access_code": cast.ana.code}
    assert client.post(f"{API}/me/access-code", body, HTTP_IDEMPOTENCY_KEY="k").status_code == 200
    refused(client.post(f"{API}/me/access-code", body, HTTP_IDEMPOTENCY_KEY="k"), 403, "access_code_wrong")
    assert not KeptReply.objects.exists()


def test_rotation_does_not_let_anybody_guess(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    for _ in range(CODE_ASKED.burst):
        refused(client.post(f"{API}/me/access-code", {"access_code": "wrong words"}), 403, "access_code_wrong")
    reply = client.post(f"{API}/me/access-code", {"access_code": cast.ana.code})
    refused(reply, 429, "too_many")
    assert client_of(cast.ben).post(f"{API}/me/access-code", {"access_code": cast.ben.code}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_rotations_at_once_wins(cast: Cast) -> None:
    ana = cast.ana

    def rotate() -> str:
        return rotate_code(by=ana.account, session=ana.session, access_code=ana.code, now=utc_now())

    results = together(*[rotate] * 4)  # fewer than the limit lets through
    fresh = [result for result in results if isinstance(result, str)]
    assert len(fresh) == 1
    assert {type(result) for result in results} == {str, errors.AccessCodeWrong}
    assert sign_in_with(fresh[0]) == 201


# -- locking ----------------------------------------------------------------------------------------------------------


def test_lock_ends_everything_at_once(cast: Cast, client_of: Client) -> None:
    new_session(cast.ana.account)
    lock_account(account=cast.ana.account, by=cast.max.account, now=utc_now())
    refused(client_of(cast.ana).get(f"{API}/me"), 401, "sign_in_needed")
    assert not open_sessions(at=utc_now()).filter(account=cast.ana.account).exists()
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["session.revoked"] * 2
    lock_account(account=cast.ana.account, by=cast.max.account, now=utc_now())
    assert len(inbox_of(cast.ana.account)) == 2


def test_locked_and_unknown_look_the_same(cast: Cast) -> None:
    lock_account(account=cast.ana.account, by=None, now=utc_now())
    replies = [
        APIClient().post(f"{API}/sessions", {"access_code": code}) for code in (cast.ana.code, "words that are no code")
    ]
    for reply in replies:
        refused(reply, 401, "sign_in_failed")
    told = [{k: v for k, v in reply.json().items() if k != "request_id"} for reply in replies]
    assert told[0] == told[1]
    heads = [{k: v for k, v in reply.headers.items() if k != "X-Request-Id"} for reply in replies]
    assert heads[0] == heads[1]


def test_a_session_that_survived_a_lock_is_no_session(cast: Cast, client_of: Client) -> None:
    Account.objects.filter(id=cast.ana.account.id).update(locked_at=utc_now())
    refused(client_of(cast.ana).get(f"{API}/me"), 401, "sign_in_needed")


def test_unlocked_again_the_code_opens_new_sessions(cast: Cast, client_of: Client) -> None:
    lock_account(account=cast.ana.account, by=None, now=utc_now())
    unlock_account(account=cast.ana.account, by=None, now=utc_now())
    assert sign_in_with(cast.ana.code) == 201
    assert client_of(cast.ana).get(f"{API}/me").status_code == 401


def test_others_react_to_a_lock_in_the_same_write(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bool] = []
    monkeypatch.setattr(standing, "_listeners", [])
    standing.register(lambda account, at: heard.append(account.is_locked))
    lock_account(account=cast.ana.account, by=None, now=utc_now())
    unlock_account(account=cast.ana.account, by=None, now=utc_now())
    unlock_account(account=cast.ana.account, by=None, now=utc_now())
    assert heard == [True, False]

    def fail(account: Account, at: datetime) -> None:
        raise RuntimeError("cannot follow")

    standing.register(fail)
    with pytest.raises(RuntimeError):
        lock_account(account=cast.ana.account, by=None, now=utc_now())
    cast.ana.account.refresh_from_db()
    assert not cast.ana.account.is_locked
    assert Session.objects.filter(account=cast.ana.account, revoked_at=None).count() == 0  # of the first lock
    assert len(inbox_of(cast.ana.account)) == 1


def test_operator_locks_and_unlocks(cast: Cast) -> None:
    for command, locked in (("lock_account", True), ("unlock_account", False)):
        call_command(command, str(cast.ana.account.id), verbosity=0)
        assert Account.objects.get(id=cast.ana.account.id).is_locked is locked
    with pytest.raises(CommandError, match="no such account"):
        call_command("lock_account", str(uuid4()))


# -- public and small -------------------------------------------------------------------------------------------------


def test_regions_are_public_and_cacheable(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        reply = APIClient().get(f"{API}/regions")
    assert reply["Cache-Control"] == "public, max-age=3600"
    assert not reply.cookies
    told = reply.json()
    assert [item["key"] for item in told["items"]] == ["apeldoorn", "den-haag", "utrecht"]
    assert set(told["items"][0]) == {"key", "name", "serves", "status", "note"}
    first = APIClient().get(f"{API}/regions?limit=2").json()
    rest = APIClient().get(f"{API}/regions", {"limit": 2, "after": first["next"]}).json()
    assert first["items"] + rest["items"] == told["items"]
    refused(APIClient().get(f"{API}/regions?near=me"), 400, "parameter_unknown")


def test_regions_follow_their_file() -> None:
    Region.objects.filter(key="utrecht").update(name="elsewhere")
    Region.objects.create(key="extra", name="Extra", status="likely")
    call_command("load_regions", verbosity=0)
    assert Region.objects.get(key="utrecht").name == "Utrecht"
    assert Region.objects.filter(key="extra").exists()


def test_suggested_aliases_are_in_the_language_asked_for(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    told = client.get(f"{API}/me/aliases?language=nl").json()["items"]
    assert len(told) == len({item["alias"] for item in told}) == 5
    assert all(item["avatar_key"] in AVATAR_KEYS and 0 < len(item["alias"]) <= 32 for item in told)
    assert len(client.get(f"{API}/me/aliases").json()["items"]) == 5
    for bad in ("language=xx", "language=", "language=nl%00"):
        refused(client.get(f"{API}/me/aliases?{bad}"), 400, "parameter_invalid")
    refused(client.get(f"{API}/me/aliases?lang=nl"), 400, "parameter_unknown")
