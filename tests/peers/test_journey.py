"""The journey and the goals: own words, nobody else's, changed and changed back, and never a state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.models import AuditEntry
from backend.core.sealing import seal, vault
from backend.core.vocabulary import UI_LANGUAGES, Direction
from peers.journeys import errors
from peers.journeys.actions import lines as actions
from peers.journeys.models import Entry, Goal
from peers.journeys.queries import read_lines
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, client_with, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

JOURNEY, ENTRIES, GOALS = f"{API}/me/journey", f"{API}/me/journey/entries", f"{API}/me/goals"
KEEP: dict[str, Any] = {
    "text": "My own hours.\nAnd Kanarie, the people.",
    "domain": "work",
    "directions": ["inside", "unsure"],
    "prompt": "keep",
}
GOAL: dict[str, Any] = {"text": "A room of my own, Kanarie", "domain": "housing", "directions": ["combining"]}


def write(client: APIClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = client.post(path, body)
    assert reply.status_code == 201, reply.content
    told: dict[str, Any] = reply.json()
    assert reply["ETag"] == f'"{told["version"]}"'
    return told


@pytest.mark.parametrize(("path", "listed", "body"), [(ENTRIES, JOURNEY, KEEP), (GOALS, GOALS, GOAL)])
def test_own_words_are_kept_as_written(
    cast: Cast, client_of: Client, path: str, listed: str, body: dict[str, Any]
) -> None:
    client = client_of(cast.ana)
    assert client.get(listed).json() == {"items": [], "next": None, "prev": None}
    made = write(client, path, body)
    assert {key: made[key] for key in body} == body
    assert (made["changed_at"], made["version"]) == (None, 1)
    assert client.get(listed).json()["items"] == [made]
    reply = client.get(f"{path}/{made['id']}")
    assert (reply.json(), reply["ETag"], reply["Cache-Control"]) == (made, '"1"', "no-store")
    bare = write(client, path, {"text": "Just this"})
    assert (bare["domain"], bare["directions"]) == (None, [])
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["journey.changed"] * 2


def test_the_journey_is_told_newest_first_and_goals_as_written(cast: Cast, client_of: Client) -> None:
    now = utc_now()
    for day in range(3):
        for kind in (Entry, Goal):
            actions.write_line(kind, by=cast.ana.account, words={"text": f"{day}"}, now=now + timedelta(days=day))
    client = client_of(cast.ana)
    assert [line["text"] for line in client.get(JOURNEY).json()["items"]] == ["2", "1", "0"]
    assert [line["text"] for line in client.get(GOALS).json()["items"]] == ["0", "1", "2"]
    first = client.get(JOURNEY, {"limit": 2}).json()
    assert [line["text"] for line in client.get(JOURNEY, {"after": first["next"]}).json()["items"]] == ["0"]


def test_directions_stand_together_and_change_back(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    goal = write(client, GOALS, GOAL)
    path = f"{GOALS}/{goal['id']}"
    for version, directions in enumerate((["outside"], ["inside", "outside"], [], ["combining"]), 1):
        reply = client.patch(path, {"directions": directions}, HTTP_IF_MATCH=f'"{version}"')
        assert (reply.status_code, reply.json()["directions"], reply["ETag"]) == (200, directions, f'"{version + 1}"')
    told = client.get(path).json()
    assert {**told, "changed_at": None, "version": 1} == goal


@pytest.mark.parametrize("direction", Direction)
def test_every_direction_is_an_equal_choice_in_every_language(
    cast: Cast, client_of: Client, direction: Direction
) -> None:
    client = client_of(cast.ana)
    assert write(client, GOALS, {"text": "This", "directions": [direction]})["directions"] == [direction]
    texts = set()
    for language in UI_LANGUAGES:
        told = client.get(f"{JOURNEY}/prompts", HTTP_ACCEPT_LANGUAGE=language).json()
        assert {one["key"] for one in told["directions"]} == set(Direction)
        assert "keep" in {one["key"] for one in told["prompts"]}
        texts |= {one["text"] for one in told["directions"] if one["key"] == direction}
    assert len(texts) == len(UI_LANGUAGES)


def test_what_do_you_want_to_keep(cast: Cast, client_of: Client) -> None:
    asked = []
    for language in UI_LANGUAGES:
        prompts = client_of(cast.ana).get(f"{JOURNEY}/prompts", HTTP_ACCEPT_LANGUAGE=language).json()["prompts"]
        asked += [one["text"] for one in prompts if one["key"] == "keep"]
    assert asked[:2] == ["Wat wil je houden?", "What do you want to keep?"]
    assert len(set(asked)) == len(UI_LANGUAGES)


@pytest.mark.parametrize(("path", "kind"), [(ENTRIES, Entry), (GOALS, Goal)])
def test_a_change_names_its_version_and_the_same_again_changes_nothing(
    cast: Cast, client_of: Client, path: str, kind: type[Entry | Goal]
) -> None:
    client = client_of(cast.ana)
    line = f"{path}/{write(client, path, {'text': 'One'})['id']}"
    refused(client.patch(line, {"text": "Two"}), 428, "if_match_needed")
    refused(client.patch(line, {"text": "Two"}, HTTP_IF_MATCH='"2"'), 412, "stale")
    for body in ({}, {"text": " One "}, {"domain": None}):
        assert client.patch(line, body, HTTP_IF_MATCH='"1"')["ETag"] == '"1"'
    assert len(inbox_of(cast.ana.account)) == 1
    reply = client.patch(line, {"text": "Two"}, HTTP_IF_MATCH='"1"')
    assert (reply.status_code, reply.json()["text"], reply["ETag"]) == (200, "Two", '"2"')
    assert client.delete(line).status_code == 204
    refused(client.delete(line), 404, "not_found")
    assert not kind._default_manager.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_stale(cast: Cast) -> None:
    goal, _ = actions.write_line(Goal, by=cast.ana.account, words={"text": "One"}, now=utc_now())
    acts = [
        partial(client_with(cast.ana.token).patch, f"{GOALS}/{goal.id}", {"text": f"By {n}"}, HTTP_IF_MATCH='"1"')
        for n in range(3)
    ]
    assert sorted(reply.status_code for reply in together(*acts)) == [200, 412, 412]  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_goals_have_room_for_a_hundred_whoever_comes_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_GOALS", 2)
    acts = [partial(client_with(cast.ana.token).post, GOALS, {"text": f"{n}"}) for n in range(4)]
    replies: list[Any] = together(*acts)
    assert sorted(reply.status_code for reply in replies) == [201, 201, 409, 409]
    refused(next(reply for reply in replies if reply.status_code == 409), 409, errors.GoalsFull.code)


@pytest.mark.parametrize(("path", "listed"), [(ENTRIES, JOURNEY), (GOALS, GOALS)])
def test_lines_are_their_writers_alone(cast: Cast, client_of: Client, path: str, listed: str) -> None:
    made = write(client_of(cast.ana), path, {"text": "Kanarie"})
    for other in (cast.ben, cast.cleo, cast.max, cast.olga):
        client = client_of(other)
        assert client.get(listed).json()["items"] == []
        for answer in (
            client.get(f"{path}/{made['id']}"),
            client.patch(f"{path}/{made['id']}", {"text": "Mine"}, HTTP_IF_MATCH='"1"'),
            client.delete(f"{path}/{made['id']}"),
            client.get(f"{path}/{uuid4()}"),
        ):
            refused(answer, 404, "not_found")
    for asked in (APIClient().get(listed), APIClient().post(path, {"text": "A"})):
        refused(asked, 401, "sign_in_needed")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/text", "required"),
        ({"text": ""}, "/text", "text_empty"),
        ({"text": "x" * 4001}, "/text", "text_too_long"),
        ({"text": "a\x07"}, "/text", "text_control_character"),
        ({"text": "a", "domain": "exit"}, "/domain", "not_choice"),
        ({"text": "a", "directions": ["out"]}, "/directions/0", "not_choice"),
        ({"text": "a", "directions": ["inside", "inside"]}, "/directions", "doubled"),
        ({"text": "a", "directions": None}, "/directions", "not_null"),
        ({"text": "a", "status": "done"}, "", "unknown_field"),
        ({"text": "a", "done": True}, "", "unknown_field"),
        ({"text": "a", "prompt": "why"}, "/prompt", "not_choice"),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, client_of: Client, body: dict[str, Any], pointer: str, code: str) -> None:
    assert codes_at(client_of(cast.ana).post(ENTRIES, body))[pointer] == code
    if "prompt" not in body:
        assert codes_at(client_of(cast.ana).post(GOALS, body))[pointer] == code
    assert not Entry.objects.exists()
    assert not Goal.objects.exists()


def test_the_action_guards_itself(cast: Cast) -> None:
    for words in ({"text": "a", "domain": "x"}, {"text": "a", "directions": ["x"]}, {"text": "a", "prompt": "x"}):
        with pytest.raises(errors.ValueUnknown):
            actions.write_line(Entry, by=cast.ana.account, words=words, now=utc_now())
    entry, _ = actions.write_line(Entry, by=cast.ana.account, words={"text": "a"}, now=utc_now())
    with pytest.raises(ValueError, match="not one's own"):
        read_lines([entry], by=cast.ben.account, now=utc_now())


def test_words_and_what_they_are_about_are_sealed_to_the_member(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    entry = write(client, ENTRIES, KEEP)
    write(client, GOALS, GOAL)
    before = AuditEntry.objects.count()
    client.get(JOURNEY)
    assert AuditEntry.objects.count() == before, "one's own look leaves nothing"
    stored = dump_databases()
    for word in ("Kanarie", "housing", "combining", "unsure"):
        assert word not in stored
        assert word.encode().hex() not in stored
    # Moved to another line, or taken back to what it said before, it does not open.
    old = bytes(Entry.objects.get(id=entry["id"]).sealed)
    client.patch(f"{ENTRIES}/{entry['id']}", {"text": "Otherwise"}, HTTP_IF_MATCH='"1"')
    Entry.objects.filter(id=entry["id"]).update(sealed=old)
    with pytest.raises(seal.Unreadable):
        read_lines(list(Entry.objects.all()), by=cast.ana.account, now=utc_now())


def test_reading_takes_as_many_queries_for_one_as_for_many(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    for size in (1, 12):
        for _ in range(size):
            actions.write_line(Entry, by=cast.ana.account, words={"text": "a"}, now=utc_now())
        with (
            django_assert_num_queries(2),
            django_assert_num_queries(1, connection=connections["keystore"]),
        ):
            client.get(JOURNEY)


def test_who_comes_back_after_years_finds_all_of_it(cast: Cast, client_of: Client) -> None:
    past = utc_now() - timedelta(days=5 * 365)
    actions.write_line(Entry, by=cast.ana.account, words=KEEP, now=past)
    actions.write_line(Goal, by=cast.ana.account, words=GOAL, now=past)
    client = client_of(cast.ana.account)
    assert client.get(JOURNEY).json()["items"][0]["text"] == KEEP["text"]
    goal = client.get(GOALS).json()["items"][0]
    assert goal["directions"] == ["combining"]
    assert client.patch(f"{GOALS}/{goal['id']}", {"text": "Still"}, HTTP_IF_MATCH='"1"').status_code == 200


def test_without_the_key_pair_nothing_is_told(cast: Cast) -> None:
    actions.write_line(Entry, by=cast.ana.account, words=KEEP, now=utc_now())
    vault.destroy_key(cast.ana.account.id)
    with pytest.raises(seal.Unreadable):
        read_lines(list(Entry.objects.all()), by=cast.ana.account, now=utc_now())
