"""Groups: made and kept by peer experts, found by everybody, telling nothing about who belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.errors import DomainError, Stale
from backend.core.sealing import datakeys
from messaging.actions import groups as actions
from messaging.actions.direct import open_direct
from messaging.models import Conversation, Group
from tests.asking import API, codes_at, inbox_of, refused, together
from tests.cast import Cast, Person, new_peer, utc_now
from tests.messaging.circle import LATER, Circle, new_circle
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
GROUPS = f"{API}/groups"
WHOLE = {
    "premoderation": {"first_messages": 3, "words": True},
    "title": "Ander werk ernaast",
    "about": "Voor wie ander werk zoekt.\nOf erbij neemt.",
    "rules": "Wat hier gezegd wordt, blijft hier.",
    "asks": "Wat zoek je hier?",
    "languages": ["nl", "en"],
    "domains": ["work", "money"],
    "region": "den-haag",
    "slow_mode_s": 30,
    "opening_hours": {"timezone": "Europe/Amsterdam", "days": {"mon": [["18:00", "22:00"]]}},
    "shows_earlier": False,
}


@pytest.fixture
def circle(cast: Cast) -> Circle:
    return new_circle(cast.ben)


def found(client: APIClient, **wanted: str) -> list[str]:
    reply = client.get(GROUPS, wanted)
    assert reply.status_code == 200, reply.content
    return [group["title"] for group in reply.json()["items"]]


# -- making and finding -----------------------------------------------------------------------------------------------


def test_a_peer_expert_makes_a_group_that_everybody_finds(cast: Cast, client_of: Client) -> None:
    made = client_of(cast.ben).post(GROUPS, WHOLE)
    assert made.status_code == 201, made.content
    told = made.json()
    assert told == {
        "id": told["id"],
        **WHOLE,
        "closes_at": None,
        "paused_at": None,
        "paused_why": None,
    }  # no count, no members, no lead, no time
    assert client_of(cast.cleo).get(GROUPS).json() == {"items": [told], "next": None, "prev": None}
    read = client_of(cast.cleo).get(f"{GROUPS}/{told['id']}")
    assert read.json() == told
    assert read["ETag"] == made["ETag"] == '"1"'


def test_everything_but_the_title_may_wait(cast: Cast, client_of: Client) -> None:
    told = client_of(cast.ben).post(GROUPS, {"title": "  Samen\tsterk "}).json()
    assert told == {
        "id": told["id"], "title": "Samen sterk", "about": "", "rules": "", "asks": "", "languages": [], "domains": [],
        "region": None, "slow_mode_s": 0, "opening_hours": None, "shows_earlier": False,
        "closes_at": None,
        "premoderation": {"first_messages": 0, "words": False},
        "paused_at": None,
        "paused_why": None,
    }  # fmt: skip


def test_the_maker_leads_it_as_the_peer_expert_they_are(cast: Cast, circle: Circle, client_of: Client) -> None:
    entry = client_of(cast.ben).get(circle.talk_url).json()
    mine = entry["membership"]
    assert (mine["alias"], mine["peer"], mine["part"]) == ("Ben", str(cast.peer.id), "lead")
    assert (entry["seq"], entry["first_seq"]) == (1, 1)
    added = inbox_of(cast.ben.account)[-1]
    assert (added["type"], added["first_seq"]) == ("conversation.added", 1)
    assert added["conversation"]["group"]["title"] == "Side by side"
    assert datakeys.found_keys([circle.id]).keys() == {circle.id}
    circle.say(cast.ben)


@pytest.mark.parametrize("who", ["ana", "max", "olga"])
def test_only_peer_experts_make_groups(cast: Cast, client_of: Client, who: str) -> None:
    refused(client_of(getattr(cast, who)).post(GROUPS, WHOLE), 403, "peer_expert_needed")
    assert not Group.objects.exists()
    assert not Conversation.objects.exists()


def test_nor_who_was_one(cast: Cast, client_of: Client) -> None:
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    refused(client_of(cast.ben).post(GROUPS, WHOLE), 403, "peer_expert_needed")


def test_nobody_does_without_a_session(db: None) -> None:
    refused(APIClient().post(GROUPS, WHOLE), 401, "sign_in_needed")
    refused(APIClient().get(GROUPS), 401, "sign_in_needed")


def test_groups_are_found_by_language_domain_and_region(cast: Cast, client_of: Client) -> None:
    new_circle(cast.ben, title="A", languages=["nl", "en"], domains=["work"], region="den-haag")
    new_circle(cast.ben, title="B", languages=["es"], domains=["work", "papers"], region="utrecht")
    new_circle(cast.ben, title="C")
    client = client_of(cast.cleo)
    assert found(client) == ["A", "B", "C"]
    assert found(client, language="en") == ["A"]
    assert found(client, domain="work") == ["A", "B"]
    assert found(client, region="utrecht") == ["B"]
    assert found(client, domain="work", region="utrecht", language="nl") == []
    page = client.get(GROUPS, {"limit": "2"}).json()
    rest = client.get(GROUPS, {"limit": "2", "after": page["next"]}).json()
    assert [group["title"] for group in page["items"] + rest["items"]] == ["A", "B", "C"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"language": "klingon"}, "parameter_invalid"),
        ({"domain": ""}, "parameter_invalid"),
        ({"region": "Den Haag"}, "parameter_invalid"),
        ({"region": "a\0b"}, "parameter_invalid"),
        ({"members": "many"}, "parameter_unknown"),
        ({"offset": "1"}, "parameter_unknown"),
    ],
)
def test_what_cannot_be_looked_for(cast: Cast, client_of: Client, wanted: dict[str, str], code: str) -> None:
    reply = client_of(cast.cleo).get(GROUPS, wanted)
    assert (reply.status_code, reply.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("fault", "pointer", "code"),
    [
        ({"title": None}, "/title", "not_null"),
        ({"title": " \u200b "}, "/title", "text_empty"),
        ({"title": "x" * 81}, "/title", "text_too_long"),
        ({"title": 7}, "/title", "not_text"),
        ({"title": "a\u202eb"}, "/title", "text_control_character"),
        ({"about": "x" * 1001}, "/about", "text_too_long"),
        ({"rules": ["none"]}, "/rules", "not_text"),
        ({"asks": "x" * 301}, "/asks", "text_too_long"),
        ({"languages": "nl"}, "/languages", "not_list"),
        ({"languages": ["nl", "nl"]}, "/languages", "doubled"),
        ({"languages": ["xx"]}, "/languages/0", "not_choice"),
        ({"domains": ["love"]}, "/domains/0", "not_choice"),
        ({"region": "atlantis"}, "/region", "not_choice"),
        ({"slow_mode_s": -1}, "/slow_mode_s", "too_small"),
        ({"slow_mode_s": 86_401}, "/slow_mode_s", "too_large"),
        ({"slow_mode_s": "30"}, "/slow_mode_s", "not_whole"),
        ({"slow_mode_s": True}, "/slow_mode_s", "not_whole"),
        ({"shows_earlier": 1}, "/shows_earlier", "not_flag"),
        ({"opening_hours": []}, "/opening_hours", "hours_malformed"),
        ({"opening_hours": {"timezone": "Mars/Base"}}, "/opening_hours/timezone", "hours_zone_unknown"),
        (
            {"opening_hours": {"timezone": "Europe/Amsterdam", "days": {"mon": [["18:00", "25:00"]]}}},
            "/opening_hours/days/mon/0",
            "hours_time_malformed",
        ),
        ({"held": True}, "", "unknown_field"),
        ({"premoderation": True}, "/premoderation", "not_object"),
    ],
)
def test_bad_input_says_where_and_changes_nothing(
    cast: Cast, circle: Circle, client_of: Client, fault: dict[str, Any], pointer: str, code: str
) -> None:
    client = client_of(cast.ben)
    assert codes_at(client.post(GROUPS, {"title": "Fine", **fault})).get(pointer) == code
    assert codes_at(client.patch(circle.url, fault, headers={"If-Match": '"1"'})).get(pointer) == code
    assert Group.objects.count() == 1
    assert client.get(circle.url)["ETag"] == '"1"'


def test_a_title_is_needed(cast: Cast, client_of: Client) -> None:
    assert codes_at(client_of(cast.ben).post(GROUPS, {})) == {"/title": "required"}


def test_the_same_request_again_makes_no_second_group(cast: Cast, client_of: Client) -> None:
    client, key = client_of(cast.ben), {"Idempotency-Key": str(uuid4())}
    first, again = (client.post(GROUPS, WHOLE, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Group.objects.count() == 1


def test_who_makes_very_many_is_held_up(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ben)
    replies = [client.post(GROUPS, {"title": f"Group {n}"}) for n in range(11)]
    assert {reply.status_code for reply in replies[:10]} == {201}
    refused(replies[10], 429, "too_many")
    assert int(replies[10]["Retry-After"]) > 0


# -- keeping ----------------------------------------------------------------------------------------------------------


def test_a_lead_changes_what_is_named(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.admit(cast.ana)
    before, client = circle.head, client_of(cast.ben)
    changed = client.patch(circle.url, {"rules": "Be kind.", "languages": ["nl"]}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.content
    assert changed["ETag"] == '"2"'
    told = changed.json()
    assert (told["title"], told["rules"], told["languages"]) == ("Side by side", "Be kind.", ["nl"])
    (event,) = circle.events(cast.ana, before)
    assert event["type"] == "conversation.changed"
    assert {"id": str(circle.id), **event["conversation"]["group"]} == told
    assert client_of(cast.cleo).get(circle.url).json() == told


def test_a_change_names_the_version_that_it_is_based_on(cast: Cast, circle: Circle, client_of: Client) -> None:
    client = client_of(cast.ben)
    refused(client.patch(circle.url, {"rules": "?"}), 428, "if_match_needed")
    client.patch(circle.url, {"rules": "!"}, headers={"If-Match": '"1"'})
    refused(client.patch(circle.url, {"rules": "?"}, headers={"If-Match": '"1"'}), 412, "stale")
    assert client.get(circle.url).json()["rules"] == "!"


def test_what_changes_nothing_is_no_event(cast: Cast, circle: Circle, client_of: Client) -> None:
    before = circle.head
    same: dict[str, Any] = {"title": " Side  by side", "region": None, "shows_earlier": False, "opening_hours": {}}
    for changes in (same, {"opening_hours": None}):
        reply = client_of(cast.ben).patch(circle.url, changes, headers={"If-Match": '"1"'})
        assert (reply.status_code, reply["ETag"]) == (200, '"1"')
    assert circle.head == before


def test_only_a_lead_changes_or_closes_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.admit(cast.ana)
    ana, cleo, tag = client_of(cast.ana), client_of(cast.cleo), {"If-Match": '"1"'}
    refused(ana.patch(circle.url, {"title": "Mine"}, headers=tag), 403, "forbidden")
    refused(ana.delete(circle.url), 403, "forbidden")
    for url in (circle.url, f"{GROUPS}/{uuid4()}"):
        refused(cleo.patch(url, {"title": "Mine"}, headers=tag), 404, "not_found")
        refused(cleo.delete(url), 404, "not_found")
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    refused(client_of(cast.ben).patch(circle.url, {"title": "Mine"}, headers=tag), 403, "forbidden")
    refused(client_of(cast.ben).delete(circle.url), 403, "forbidden")
    assert Group.objects.get(pk=circle.id).title == "Side by side"


def test_a_new_role_does_not_bring_the_groups_of_the_old_one_back(cast: Cast, circle: Circle) -> None:
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    new_peer(cast.ben, organisation=cast.organisation, alias="Bernard")
    with pytest.raises(DomainError, match="forbidden"):
        actions.close_group(by=cast.ben.account, group=circle.id, now=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_to_one_version_one_wins(cast: Cast) -> None:
    circle = new_circle(cast.ben)

    def check(version: int) -> None:
        if version != 1:
            raise Stale

    def edit(title: str) -> Callable[[], Group]:
        return lambda: actions.edit_group(
            by=cast.ben.account, group=circle.id, changes={"title": title}, check=check, now=LATER
        )

    results = together(*[edit(f"Title {n}") for n in range(4)])
    assert sorted(type(result).__name__ for result in results) == ["Group", "Stale", "Stale", "Stale"]
    assert Group.objects.get(pk=circle.id).version == 2


# -- earlier talk -----------------------------------------------------------------------------------------------------


def test_earlier_talk_is_shown_from_where_that_was_decided(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben = client_of(cast.ben)
    circle.say(cast.ben, "Among us")
    shown = ben.patch(circle.url, {"shows_earlier": True}, headers={"If-Match": '"1"'})
    assert shown.json()["shows_earlier"] is True
    decided = circle.head
    said = circle.say(cast.ben, "For later ones too")
    assert circle.admit(cast.ana).visible_from == decided
    history = client_of(cast.ana).get(f"{circle.talk_url}/messages").json()["items"]
    assert [message["seq"] for message in history] == [said]
    ben.patch(circle.url, {"shows_earlier": True, "about": "x"}, headers={"If-Match": '"2"'})  # stays where it was
    assert circle.admit(cast.dora).visible_from == decided
    ben.patch(circle.url, {"shows_earlier": False}, headers={"If-Match": '"3"'})
    assert circle.admit(cast.cleo).visible_from == circle.head


def test_a_group_may_show_all_from_its_beginning(cast: Cast, client_of: Client) -> None:
    circle = new_circle(cast.ben, shows_earlier=True)
    said = circle.say(cast.ben)
    circle.admit(cast.ana)
    history = client_of(cast.ana).get(f"{circle.talk_url}/messages").json()["items"]
    assert [message["seq"] for message in history] == [said]


# -- closing ----------------------------------------------------------------------------------------------------------


def test_a_closed_group_can_be_read_by_its_members_and_by_nobody_else(
    cast: Cast, circle: Circle, client_of: Client
) -> None:
    circle.admit(cast.ana)
    circle.say(cast.ana)
    asked, before = circle.ask(cast.dora), circle.head
    ben, cleo = client_of(cast.ben), client_of(cast.cleo)
    assert ben.delete(circle.url).status_code == 204
    (event,) = circle.events(cast.ana, before)
    assert event["type"] == "conversation.changed"
    assert event["conversation"]["closed_at"]
    assert found(cleo) == []
    refused(cleo.get(circle.url), 404, "not_found")
    refused(cleo.post(f"{circle.url}/admission-requests", {}), 404, "not_found")
    ana = client_of(cast.ana)
    assert ana.get(circle.url).status_code == 200
    refused(ana.post(f"{circle.url}/admission-requests", {}), 403, "conversation_ended")
    assert len(ana.get(f"{circle.talk_url}/messages").json()["items"]) == 1
    sent = ana.post(f"{circle.talk_url}/messages", {"client_id": str(uuid4()), "body": "?"})
    refused(sent, 403, "conversation_ended")
    assert inbox_of(cast.dora.account)[-1] == {
        "type": "admission.changed", "seq": 2, "request": str(asked), "group": str(circle.id), "state": "declined",
    }  # fmt: skip
    head = circle.head
    assert ben.delete(circle.url).status_code == 204  # a second time changes nothing
    assert circle.head == head


def test_a_direct_talk_is_no_group(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.admit(cast.ana)
    talk = Circle(open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=NOON).id, cast.ben)
    ben = client_of(cast.ben)
    for reply in (
        ben.get(talk.url),
        ben.patch(talk.url, {"title": "?"}, headers={"If-Match": '"1"'}),
        ben.delete(talk.url),
        ben.get(f"{talk.url}/members"),
        ben.get(f"{talk.url}/admission-requests"),
        ben.post(f"{talk.url}/admission-requests", {}),
        ben.patch(f"{talk.url}/members/{talk.of(cast.ana).id}", {"part": "lead"}),
        ben.delete(f"{talk.url}/members/{talk.of(cast.ana).id}"),
    ):
        refused(reply, 404, "not_found")


# -- budgets ----------------------------------------------------------------------------------------------------------


def test_budgets(cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    circles = [new_circle(cast.ben, title=f"Group {n}", region="utrecht") for n in range(30)]
    client = client_of(cast.cleo)
    client.get(GROUPS)
    with django_assert_num_queries(2), django_assert_num_queries(0, connection=connections["keystore"]):
        assert len(client.get(GROUPS).json()["items"]) == 30  # session; groups
    with django_assert_num_queries(2):
        client.get(circles[0].url)  # session; group
