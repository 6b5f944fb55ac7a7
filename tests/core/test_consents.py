"""Consents: separate, versioned, given and withdrawn in one step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts import consents
from backend.core.accounts.consents import CONSENTS, TEXTS
from backend.core.accounts.models import Account, Consent
from tests.asking import API, codes_at, inbox_of, refused
from tests.cast import Cast, Person

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

PATH = f"{API}/me/consents"
OWN = {"account": CONSENTS["account"]}


def given(client: APIClient) -> dict[str, str | None]:
    return {item["purpose"]: item["given_version"] for item in client.get(PATH).json()["items"]}


def test_every_purpose_has_a_text_and_a_version() -> None:
    assert set(CONSENTS) == set(TEXTS) == set(Consent.Purpose.values)
    told = APIClient().get(f"{API}/consents").json()["items"]
    assert [item["purpose"] for item in told] == list(CONSENTS)
    assert all(item["version"] == CONSENTS[item["purpose"]] and len(item["text"]) > 50 for item in told)


def test_consents_begin_with_the_accounts_own(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    with django_assert_num_queries(2):
        told = client.get(PATH).json()["items"]
    assert given(client) == {"account": CONSENTS["account"], "checkins": None, "sharing": None, "figures": None}
    assert told[0]["given_at"] is not None
    assert told[1]["given_at"] is None


def test_put_gives_and_withdraws(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    wider = OWN | {"checkins": CONSENTS["checkins"], "figures": CONSENTS["figures"]}
    for _ in range(2):  # the same again changes nothing
        assert client.put(PATH, {"consents": wider}).status_code == 200
        assert given(client) == wider | {"sharing": None}
    assert client.put(PATH, {"consents": OWN}).status_code == 200
    assert given(client) == OWN | {"checkins": None, "sharing": None, "figures": None}
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["settings.changed"] * 2
    kept = Consent.objects.filter(account=cast.ana.account, purpose="checkins").get()
    assert kept.withdrawn_at is not None  # what was agreed to, and until when, stays known
    assert Consent.objects.filter(account=cast.ana.account, purpose="account").count() == 1


def test_the_accounts_own_is_withdrawn_by_erasing(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    for body in ({}, {"checkins": CONSENTS["checkins"]}):
        refused(client.put(PATH, {"consents": body}), 409, "erase_instead")
    assert given(client)["account"] == CONSENTS["account"]
    assert given(client)["checkins"] is None
    assert inbox_of(cast.ana.account) == []


def test_old_versions_can_be_kept_but_not_given(cast: Cast, client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(cast.ana)
    monkeypatch.setattr(consents, "CONSENTS", dict.fromkeys(CONSENTS, "2027-03"))
    old = CONSENTS["checkins"]
    refused(
        client.put(PATH, {"consents": OWN | {"checkins": old}}), 400, "consent_version_unknown", "/consents/checkins"
    )
    assert client.put(PATH, {"consents": OWN | {"checkins": "2027-03"}}).status_code == 200
    assert client.put(PATH, {"consents": {"account": "2027-03"}}).status_code == 200
    assert given(client)["account"] == "2027-03"
    refused(client.put(PATH, {"consents": OWN}), 400, "consent_version_unknown", "/consents/account")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/consents", "required"),
        ({"consents": None}, "/consents", "not_null"),
        ({"consents": ["account"]}, "/consents", "not_object"),
        ({"consents": OWN | {"all": "1"}}, "/consents", "unknown_field"),
        ({"consents": OWN | {"checkins": True}}, "/consents/checkins", "not_text"),
        ({"consents": OWN | {"checkins": None}}, "/consents/checkins", "not_null"),
        ({"consents": OWN | {"checkins": "2026\x0011"}}, "/consents/checkins", "text_control_character"),
        ({"consents": OWN | {"checkins": "9" * 21}}, "/consents/checkins", "text_too_long"),
        ({"consents": OWN, "by": "somebody"}, "", "unknown_field"),
    ],
)
def test_put_names_what_is_wrong(
    cast: Cast, client_of: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    assert codes_at(client_of(cast.ana).put(PATH, body))[pointer] == code
    assert Consent.objects.filter(account=cast.ana.account).count() == 1


def test_consents_are_ones_own(cast: Cast, client_of: Client) -> None:
    client_of(cast.ana).put(PATH, {"consents": OWN | {"sharing": CONSENTS["sharing"]}})
    assert given(client_of(cast.cleo))["sharing"] is None
    refused(APIClient().put(PATH, {"consents": OWN}), 401, "sign_in_needed")
