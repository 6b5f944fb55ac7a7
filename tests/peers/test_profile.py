"""The own profile: all optional, nobody else's, one version after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.sessions import device_name_of
from backend.core.accounts.models import Account, Session
from backend.core.errors import DomainError, FieldError, Stale
from backend.core.sealing import seal
from peers.profiles import errors
from peers.profiles.actions.profiles import about_of, change_profile
from peers.profiles.models import Profile
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, client_with, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

PATH = f"{API}/me/profile"
EMPTY: dict[str, object] = {
    "alias": None,
    "avatar_key": None,
    "languages": [],
    "domains": [],
    "directions": [],
    "region": None,
    "about": None,
}
FULL: dict[str, object] = {
    "alias": "Warm Wind",
    "avatar_key": "wave-sand",
    "languages": ["ro", "nl"],
    "domains": ["housing", "work"],
    "directions": ["inside", "unsure"],
    "region": "den-haag",
    "about": "I like to talk about gardens.\nAnd about work.",
}


def test_profile_is_empty_until_something_is_said(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    with django_assert_num_queries(2):
        reply = client.get(PATH)
    assert reply.json() == EMPTY
    assert reply["ETag"] == '"0"'
    assert reply["Cache-Control"] == "no-store"
    assert not Profile.objects.exists()


def test_every_field_can_be_said_and_taken_back(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    reply = client.patch(PATH, FULL, HTTP_IF_MATCH='"0"')
    assert (reply.status_code, reply["ETag"], reply.json()) == (200, '"1"', FULL)
    assert client.get(PATH).json() == FULL
    reply = client.patch(PATH, EMPTY, HTTP_IF_MATCH='"1"')
    assert (reply.status_code, reply["ETag"], reply.json()) == (200, '"2"', EMPTY)
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["settings.changed"] * 2


@pytest.mark.parametrize("field", list(FULL))
def test_one_field_changes_alone(cast: Cast, client_of: Client, field: str) -> None:
    reply = client_of(cast.ana).patch(PATH, {field: FULL[field]}, HTTP_IF_MATCH='"0"')
    assert reply.json() == EMPTY | {field: FULL[field]}


def test_the_same_again_changes_nothing(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    client.patch(PATH, FULL, HTTP_IF_MATCH='"0"')
    for body in (FULL, {}, {"alias": " Warm  Wind "}):
        reply = client.patch(PATH, body, HTTP_IF_MATCH='"1"')
        assert (reply.status_code, reply["ETag"]) == (200, '"1"')
    assert len(inbox_of(cast.ana.account)) == 1


def test_change_names_the_version_that_it_knows(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    refused(client.patch(PATH, {"alias": "A"}), 428, "if_match_needed")
    client.patch(PATH, {"alias": "First"}, HTTP_IF_MATCH='"0"')
    for stale in ('"0"', '"7"', 'W/"1"', "1", '""'):
        refused(client.patch(PATH, {"alias": "Second"}, HTTP_IF_MATCH=stale), 412, "stale")
    assert client.get(PATH).json()["alias"] == "First"
    assert len(inbox_of(cast.ana.account)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_stale(cast: Cast) -> None:
    for version in range(2):  # the first one makes the row
        acts = [
            partial(
                client_with(cast.ana.token).patch, PATH, {"alias": f"Name {version}{n}"}, HTTP_IF_MATCH=f'"{version}"'
            )
            for n in range(4)
        ]
        statuses = sorted(reply.status_code for reply in together(*acts) if not isinstance(reply, DomainError))
        assert statuses == [200, 412, 412, 412]
    assert Profile.objects.get().version == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": "Ana"}, "", "unknown_field"),
        ({"version": 3}, "", "unknown_field"),
        ({"alias": 3}, "/alias", "not_text"),
        ({"alias": ""}, "/alias", "text_empty"),
        ({"alias": "\u200b"}, "/alias", "text_empty"),
        ({"alias": "a\x07"}, "/alias", "text_control_character"),
        ({"alias": "\u202eana"}, "/alias", "text_control_character"),
        ({"alias": "x" * 33}, "/alias", "text_too_long"),
        ({"avatar_key": "my-face.jpg"}, "/avatar_key", "not_choice"),
        ({"avatar_key": ["wave-sand"]}, "/avatar_key", "not_choice"),
        ({"languages": "nl"}, "/languages", "not_list"),
        ({"languages": None}, "/languages", "not_null"),
        ({"languages": ["nl", "xx"]}, "/languages/1", "not_choice"),
        ({"languages": ["nl", "nl"]}, "/languages", "doubled"),
        ({"languages": ["nl"] * 500}, "/languages", "too_many_items"),
        ({"domains": ["exiting"]}, "/domains/0", "not_choice"),
        ({"domains": [{}]}, "/domains/0", "not_choice"),
        ({"directions": ["out"]}, "/directions/0", "not_choice"),
        ({"region": 5}, "/region", "not_text"),
        ({"about": "x" * 1001}, "/about", "text_too_long"),
        ({"about": "a\x00"}, "/about", "text_control_character"),
        ({"about": {"text": "x"}}, "/about", "not_text"),
    ],
)
def test_change_names_what_is_wrong(
    cast: Cast, client_of: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    assert codes_at(client_of(cast.ana).patch(PATH, body, HTTP_IF_MATCH='"0"'))[pointer] == code
    assert not Profile.objects.exists()
    assert inbox_of(cast.ana.account) == []


def test_unknown_region_is_refused_and_changes_nothing(cast: Cast, client_of: Client) -> None:
    body = {"alias": "Ana", "region": "atlantis"}
    refused(client_of(cast.ana).patch(PATH, body, HTTP_IF_MATCH='"0"'), 400, "not_choice", "/region")
    assert client_of(cast.ana).get(PATH).json() == EMPTY


@pytest.mark.parametrize("body", [b"null", b"[]", b"{", b'{"alias": "\xff"}'])
def test_bodies_without_sense(cast: Cast, client_of: Client, body: bytes) -> None:
    reply = client_of(cast.ana).patch(PATH, body, content_type="application/json", HTTP_IF_MATCH='"0"')
    assert reply.status_code == 400


def test_the_action_guards_itself(cast: Cast) -> None:
    def act(changes: dict[str, object]) -> Profile:
        return change_profile(by=cast.ana.account, changes=changes, check=lambda version: None, now=utc_now())

    for field, value in (("languages", ["xx"]), ("domains", ["x"]), ("directions", ["x"]), ("avatar_key", "x")):
        with pytest.raises(errors.ValueUnknown) as refusal:
            act({field: value})
        assert refusal.value.errors == (FieldError(f"/{field}", "not_choice"),)

    def stale(version: int) -> None:
        raise Stale

    with pytest.raises(Stale):
        change_profile(by=cast.ana.account, changes={"alias": "A"}, check=stale, now=utc_now())
    assert not Profile.objects.filter(version__gt=0).exists()


def test_a_profile_is_its_owners_alone(cast: Cast, client_of: Client) -> None:
    client_of(cast.ana).patch(PATH, FULL, HTTP_IF_MATCH='"0"')
    for other in (cast.ben, cast.cleo, cast.max, cast.olga):
        assert client_of(other).get(PATH).json() == EMPTY
    refused(APIClient().get(PATH), 401, "sign_in_needed")
    refused(APIClient().patch(PATH, {"alias": "A"}, HTTP_IF_MATCH='"1"'), 401, "sign_in_needed")
    client_of(cast.cleo).patch(PATH, {"alias": "Cleo"}, HTTP_IF_MATCH='"0"')
    assert client_of(cast.ana).get(PATH).json() == FULL


def test_about_is_sealed_for_its_owner(cast: Cast, client_of: Client) -> None:
    client_of(cast.ana).patch(PATH, FULL, HTTP_IF_MATCH='"0"')
    stored = dump_databases()
    assert "Warm Wind" in stored
    assert "gardens" not in stored
    assert b"gardens".hex() not in stored
    # Moved to another's profile, or put in the place of something else, it does not open.
    about = Profile.objects.get(account=cast.ana.account).about
    Profile.objects.create(account=cast.ben.account, about=about)
    with pytest.raises(seal.Unreadable):
        about_of(Profile.objects.get(account=cast.ben.account))
    Session.objects.filter(id=cast.ana.session.id).update(device_name=about)
    with pytest.raises(seal.Unreadable):
        device_name_of(Session.objects.get(id=cast.ana.session.id))
