"""Belonging: who sees whom, leaving, being removed, muted, leading, and one's own quiet."""

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

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.errors import DomainError
from messaging import errors
from messaging.actions import memberships as actions
from messaging.actions.blocks import block
from messaging.actions.direct import open_direct
from messaging.models import Conversation, Membership, Message
from tests.asking import API, codes_at, inbox_of, refused, together
from tests.cast import Cast, Person, new_person, utc_now
from tests.messaging.circle import LATER, Circle, new_circle, second_peer
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben)
    made.admit(cast.ana, "Zilveren Reiger")
    made.admit(cast.dora, "Kraanvogel")
    return made


def member_url(circle: Circle, person: Person) -> str:
    return f"{circle.url}/members/{circle.of(person).id}"


def members(client: APIClient, circle: Circle) -> list[dict[str, Any]]:
    reply = client.get(f"{circle.url}/members")
    assert reply.status_code == 200, reply.content
    assert reply.json()["seq"] == circle.head
    told: list[dict[str, Any]] = reply.json()["items"]
    return told


def lead_too(circle: Circle, person: Person) -> None:
    """Give somebody the lead's part."""
    changes = {"part": "lead"}
    actions.change_member(
        by=circle.lead.account, group=circle.id, membership=circle.of(person).id, changes=changes, now=NOON
    )


# -- who is there -----------------------------------------------------------------------------------------------------


def test_members_see_who_belongs(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben, reiger, kraanvogel = circle.of(cast.ben), circle.of(cast.ana), circle.of(cast.dora)
    told = members(client_of(cast.ana), circle)
    assert told == [
        {
            "id": str(there.id), "alias": there.alias, "avatar_key": there.avatar_key, "state": "active",
            "peer": str(cast.peer.id) if there is ben else None, "part": "lead" if there is ben else "member",
            "muted_until": None,
        }
        for there in (ben, kraanvogel, reiger)
    ]  # fmt: skip
    assert members(client_of(cast.ben), circle) == told  # the same for each


def test_who_does_not_belong_sees_nobody(cast: Cast, circle: Circle, client_of: Client) -> None:
    actions.leave(by=cast.dora.account, conversation=circle.id, now=LATER)
    for person in (cast.cleo, cast.max, cast.dora):
        refused(client_of(person).get(f"{circle.url}/members"), 404, "not_found")
    refused(client_of(cast.ana).get(f"{API}/groups/{uuid4()}/members"), 404, "not_found")
    assert [told["alias"] for told in members(client_of(cast.ana), circle)] == ["Ben", "Zilveren Reiger"]


def test_a_block_hides_in_the_list_both_ways(cast: Cast, circle: Circle, client_of: Client) -> None:
    block(by=cast.ana.account, membership=circle.of(cast.dora).id, now=LATER)
    assert [told["alias"] for told in members(client_of(cast.ana), circle)] == ["Ben", "Zilveren Reiger"]
    assert [told["alias"] for told in members(client_of(cast.dora), circle)] == ["Ben", "Kraanvogel"]
    assert len(members(client_of(cast.ben), circle)) == 3


def test_members_come_in_pages(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana = client_of(cast.ana)
    page = ana.get(f"{circle.url}/members", {"limit": 2}).json()
    rest = ana.get(f"{circle.url}/members", {"limit": 2, "after": page["next"]}).json()
    assert [told["alias"] for told in page["items"] + rest["items"]] == ["Ben", "Kraanvogel", "Zilveren Reiger"]


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_who_left_gets_nothing_more(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, ben = client_of(cast.ana), client_of(cast.ben)
    said = circle.say(cast.ben)
    assert ana.delete(f"{circle.talk_url}/membership").status_code == 204
    there = circle.of(cast.ana)
    assert (there.state, there.visible_to) == ("left", said)
    (event,) = circle.events(cast.ben, said)
    assert (event["type"], event["membership"]["id"], event["membership"]["state"]) == (
        "membership.changed", str(there.id), "left",
    )  # fmt: skip
    assert circle.events(cast.ana) == []
    removed = inbox_of(cast.ana.account)[-1]
    assert (removed["type"], removed["conversation"]) == ("conversation.removed", str(circle.id))
    circle.say(cast.ben, "About who left")
    for reply in (
        ana.get(circle.talk_url),
        ana.get(f"{circle.talk_url}/messages"),
        ana.post(f"{circle.talk_url}/messages", {"client_id": str(uuid4()), "body": "?"}),
    ):
        refused(reply, 404, "not_found")
    streams = ana.post(f"{API}/sync", {"cursors": {str(circle.id): 0}}).json()["streams"]
    assert streams == {}
    assert len(members(ben, circle)) == 2
    head = circle.head
    assert ana.delete(f"{circle.talk_url}/membership").status_code == 204  # a second time changes nothing
    assert circle.head == head


def test_who_comes_back_sees_what_was_said_to_them(cast: Cast, circle: Circle, client_of: Client) -> None:
    first = circle.say(cast.ben)
    actions.leave(by=cast.ana.account, conversation=circle.id, now=LATER)
    circle.say(cast.ben, "While they were away")
    circle.admit(cast.ana, "Somebody New")
    second = circle.say(cast.ben)
    history = client_of(cast.ana).get(f"{circle.talk_url}/messages").json()["items"]
    assert [message["seq"] for message in history] == [first, second]


def test_strangers_leave_nothing(cast: Cast, circle: Circle, client_of: Client) -> None:
    for url in (circle.talk_url, f"{API}/conversations/{uuid4()}"):
        refused(client_of(cast.cleo).delete(f"{url}/membership"), 404, "not_found")


def test_a_group_is_never_left_without_a_lead(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben = client_of(cast.ben)
    refused(ben.delete(f"{circle.talk_url}/membership"), 409, "lead_needed")
    rosa = second_peer(cast, circle)
    refused(ben.delete(f"{circle.talk_url}/membership"), 409, "lead_needed")  # she is there, but does not lead
    lead_too(circle, rosa)
    assert ben.delete(f"{circle.talk_url}/membership").status_code == 204
    assert circle.of(cast.ben).state == "left"
    assert Conversation.objects.get(id=circle.id).closed_at is None


def test_the_last_one_closes_the_door(cast: Cast, circle: Circle, client_of: Client) -> None:
    for person in (cast.ana, cast.dora):
        actions.leave(by=person.account, conversation=circle.id, now=LATER)
    circle.ask(cast.cleo)
    assert client_of(cast.ben).delete(f"{circle.talk_url}/membership").status_code == 204
    assert Conversation.objects.get(id=circle.id).closed_at is not None
    assert inbox_of(cast.cleo.account)[-1]["state"] == "declined"


def test_a_lead_may_leave_what_is_closed(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben = client_of(cast.ben)
    ben.delete(circle.url)
    assert ben.delete(f"{circle.talk_url}/membership").status_code == 204
    assert len(members(client_of(cast.ana), circle)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_leads_who_leave_at_once_do_not_both(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    rosa = second_peer(cast, circle)
    lead_too(circle, rosa)
    results = together(
        *[partial(actions.leave, by=person.account, conversation=circle.id, now=LATER) for person in (cast.ben, rosa)]
    )
    assert sorted(type(result).__name__ for result in results) == ["LeadNeeded", "NoneType"]
    assert Membership.objects.filter(conversation=circle.id, part="lead", state="active").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_said_while_leaving_is_said_before(cast: Cast) -> None:
    """Whoever wins the head: no message stands behind the end of its writer's membership."""
    circle = new_circle(cast.ben)
    for _ in range(4):
        there = circle.admit(person := new_person())
        together(
            *[partial(circle.say, person)] * 3,
            partial(actions.leave, by=person.account, conversation=circle.id, now=LATER),
            partial(actions.remove_member, by=cast.ben.account, group=circle.id, membership=there.id, now=LATER),
        )
        there.refresh_from_db()
        assert there.state in ("left", "removed")
        said = Message.objects.filter(membership=there).values_list("seq", flat=True)
        assert there.visible_to is not None
        assert all(seq <= there.visible_to for seq in said)
        told = [e for e in circle.events(cast.ben) if e.get("membership", {}).get("id") == str(there.id)]
        assert len(told) == 2  # came, went: once each


# -- what a lead does -------------------------------------------------------------------------------------------------


def test_muted_for_a_while(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben, ana = client_of(cast.ben), client_of(cast.ana)
    until, before = utc_now() + timedelta(hours=2), circle.head
    muted = ben.patch(member_url(circle, cast.ana), {"muted_until": until.isoformat()})
    assert muted.status_code == 200, muted.content
    assert muted.json()["muted_until"]
    for person in (cast.ana, cast.ben):
        (event,) = circle.events(person, before)
        told = {"type": "mute.changed", "membership": muted.json()["id"], "muted_until": muted.json()["muted_until"]}
        assert event == {**told, "seq": event["seq"]}
    assert not circle.events(cast.dora, before), "nobody else learns of it"
    shown = {
        who: {member["id"]: member["muted_until"] for member in members(client_of(person), circle)}[muted.json()["id"]]
        for who, person in {"ana": cast.ana, "ben": cast.ben, "dora": cast.dora}.items()
    }
    assert (shown["ana"], shown["ben"], shown["dora"]) == (told["muted_until"], told["muted_until"], None)
    assert ana.get(circle.talk_url).json()["membership"]["muted_until"] == told["muted_until"]
    message = {"client_id": str(uuid4()), "body": "May I?"}
    refused(ana.post(f"{circle.talk_url}/messages", message), 403, "muted")
    ben.patch(member_url(circle, cast.ana), {"muted_until": None})
    assert ana.post(f"{circle.talk_url}/messages", message).status_code == 201
    head = circle.head
    for changes in ({}, {"muted_until": None}, {"part": "member"}):
        assert ben.patch(member_url(circle, cast.ana), changes).status_code == 200  # nothing to change
    assert circle.head == head


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"muted_until": "2020-01-01T00:00:00Z"}, "/muted_until", "until_past"),
        ({"muted_until": "tomorrow"}, "/muted_until", "not_moment"),
        ({"muted_until": 5}, "/muted_until", "not_moment"),
        ({"part": "owner"}, "/part", "not_choice"),
        ({"role": "lead"}, "", "unknown_field"),
        ({"alias": "Loser"}, "", "unknown_field"),
    ],
)
def test_bad_input_changes_nobody(
    cast: Cast, circle: Circle, client_of: Client, changes: dict[str, Any], pointer: str, code: str
) -> None:
    head = circle.head
    assert codes_at(client_of(cast.ben).patch(member_url(circle, cast.ana), changes))[pointer] == code
    assert circle.head == head


def test_only_who_leads_mutes_and_removes(cast: Cast, circle: Circle, client_of: Client) -> None:
    other = new_circle(second_peer(cast, circle), title="Another")
    for person in (cast.ana, cast.dora):
        client = client_of(person)
        refused(client.patch(member_url(circle, cast.ana), {"muted_until": None}), 403, "forbidden")
        refused(client.delete(member_url(circle, cast.ana)), 403, "forbidden")
    for person in (cast.cleo, other.lead):
        expected = (404, "not_found") if person is cast.cleo else (403, "forbidden")
        refused(client_of(person).patch(member_url(circle, cast.ana), {"muted_until": None}), *expected)
        refused(client_of(person).delete(member_url(circle, cast.ana)), *expected)
    ben = client_of(cast.ben)
    elsewhere = f"{circle.url}/members/{other.of(other.lead).id}"
    for url in (elsewhere, f"{circle.url}/members/{uuid4()}"):
        refused(ben.patch(url, {"muted_until": None}), 404, "not_found")
        refused(ben.delete(url), 404, "not_found")
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    refused(ben.delete(member_url(circle, cast.ana)), 403, "forbidden")
    assert circle.of(cast.ana).state == "active"


def test_removed(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben = client_of(cast.ben)
    said, url = circle.say(cast.ana), member_url(circle, cast.ana)
    for _ in range(2):
        assert ben.delete(url).status_code == 204
    there = circle.of(cast.ana)
    assert (there.state, there.visible_to, circle.head) == ("removed", said, said + 1)
    assert [event["type"] for event in inbox_of(cast.ana.account)[-2:]] == ["conversation.removed", "decision.made"]
    refused(client_of(cast.ana).get(f"{circle.talk_url}/messages"), 404, "not_found")
    refused(ben.patch(url, {"muted_until": None}), 409, "not_member")
    history = client_of(cast.dora).get(f"{circle.talk_url}/messages").json()["items"]
    assert [message["seq"] for message in history] == [said]  # what they said stays


def test_a_block_is_no_shield_against_who_leads(cast: Cast, circle: Circle, client_of: Client) -> None:
    block(by=cast.ana.account, membership=circle.of(cast.ben).id, now=LATER)
    ben = client_of(cast.ben)
    until = (utc_now() + timedelta(hours=1)).isoformat()
    assert ben.patch(member_url(circle, cast.ana), {"muted_until": until}).status_code == 200
    assert ben.delete(member_url(circle, cast.ana)).status_code == 204
    assert circle.of(cast.ana).state == "removed"


def test_leading_is_for_peer_experts(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben, rosa = client_of(cast.ben), second_peer(cast, circle)
    refused(ben.patch(member_url(circle, cast.ana), {"part": "lead"}), 403, "peer_expert_needed")
    hidden = new_circle(rosa, title="Hers")
    hidden.admit(cast.ben, "Stille Vos")  # a peer expert, but nobody here knows
    refused(client_of(rosa).patch(member_url(hidden, cast.ben), {"part": "lead"}), 403, "peer_expert_needed")
    before = circle.head
    made = ben.patch(member_url(circle, rosa), {"part": "lead"})
    assert (made.status_code, made.json()["part"]) == (200, "lead")
    assert {**circle.events(cast.ana, before)[0]["membership"], "muted_until": None} == made.json()
    assert client_of(rosa).delete(member_url(circle, cast.ana)).status_code == 204
    end_role(account=rosa.account, kind="peer_expert", by=None, now=utc_now())
    refused(client_of(rosa).delete(member_url(circle, cast.dora)), 403, "forbidden")
    ben.patch(member_url(circle, rosa), {"part": "member"})
    refused(ben.patch(member_url(circle, rosa), {"part": "lead"}), 403, "peer_expert_needed")


def test_who_leads_is_neither_muted_nor_removed(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben, rosa = client_of(cast.ben), second_peer(cast, circle)
    until = (utc_now() + timedelta(hours=1)).isoformat()
    ben.patch(member_url(circle, rosa), {"muted_until": until})
    made = ben.patch(member_url(circle, rosa), {"part": "lead"}).json()
    assert made["muted_until"] is None  # leading ends it
    for person in (rosa, cast.ben):
        refused(ben.patch(member_url(circle, person), {"muted_until": until}), 409, "is_lead")
        refused(ben.delete(member_url(circle, person)), 409, "is_lead")
    stepped = ben.patch(member_url(circle, rosa), {"part": "member", "muted_until": until}).json()
    assert stepped["part"] == "member"
    assert stepped["muted_until"]
    assert ben.delete(member_url(circle, rosa)).status_code == 204


def test_the_last_lead_does_not_step_down(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben, rosa = client_of(cast.ben), second_peer(cast, circle)
    refused(ben.patch(member_url(circle, cast.ben), {"part": "member"}), 409, "lead_needed")
    lead_too(circle, rosa)
    assert ben.patch(member_url(circle, cast.ben), {"part": "member"}).status_code == 200
    refused(ben.patch(member_url(circle, cast.ben), {"part": "lead"}), 403, "forbidden")


@pytest.mark.django_db(transaction=True)
def test_two_leads_who_take_the_part_from_each_other_leave_one(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    rosa = second_peer(cast, circle)
    lead_too(circle, rosa)

    def take(by: Person, of: Person) -> Callable[[], Membership]:
        named = circle.of(of).id
        return lambda: actions.change_member(
            by=by.account, group=circle.id, membership=named, changes={"part": "member"}, now=LATER
        )

    results = together(take(cast.ben, rosa), take(rosa, cast.ben))
    assert sum(isinstance(result, DomainError) for result in results) == 1
    assert Membership.objects.filter(conversation=circle.id, part="lead").count() == 1


# -- quiet ------------------------------------------------------------------------------------------------------------


def test_quiet_is_ones_own(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, dora = client_of(cast.ana), client_of(cast.dora)
    until, head, seen = utc_now() + timedelta(hours=8), circle.head, members(dora, circle)
    assert ana.put(f"{circle.talk_url}/mute", {"until": until.isoformat()}).status_code == 204
    assert ana.get(circle.talk_url).json()["quiet_until"] == until.isoformat().replace("+00:00", "Z")
    told = len(inbox_of(cast.ana.account))
    assert inbox_of(cast.ana.account)[-1]["type"] == "settings.changed"
    assert ana.put(f"{circle.talk_url}/mute", {"until": until.isoformat()}).status_code == 204  # the same again
    assert len(inbox_of(cast.ana.account)) == told
    assert (circle.head, members(dora, circle)) == (head, seen)
    assert ana.put(f"{circle.talk_url}/mute").status_code == 204
    assert ana.get(circle.talk_url).json()["quiet_until"] == "2999-01-01T00:00:00Z"
    for _ in range(2):
        assert ana.delete(f"{circle.talk_url}/mute").status_code == 204
    assert ana.get(circle.talk_url).json()["quiet_until"] is None
    assert circle.say(cast.ana)  # and silences nobody


def test_quiet_in_a_direct_talk(cast: Cast, circle: Circle, client_of: Client) -> None:
    talk = open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=NOON)
    assert client_of(cast.ana).put(f"{API}/conversations/{talk.id}/mute", {"until": None}).status_code == 204
    assert client_of(cast.ben).get(f"{API}/conversations/{talk.id}").json()["quiet_until"] is None


def test_who_cannot_be_quiet_here(cast: Cast, circle: Circle, client_of: Client) -> None:
    for url in (circle.talk_url, f"{API}/conversations/{uuid4()}"):
        refused(client_of(cast.cleo).put(f"{url}/mute", {}), 404, "not_found")
        refused(client_of(cast.cleo).delete(f"{url}/mute"), 404, "not_found")
    ana = client_of(cast.ana)
    assert codes_at(ana.put(f"{circle.talk_url}/mute", {"until": "2020-01-01T00:00:00Z"})) == {"/until": "until_past"}
    assert codes_at(ana.put(f"{circle.talk_url}/mute", {"until": "soon"})) == {"/until": "not_moment"}
    assert codes_at(ana.put(f"{circle.talk_url}/mute", {"for": 1})) == {"": "unknown_field"}


# -- direct talks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ana", "ben"])
def test_a_direct_talk_ends_when_one_leaves(cast: Cast, circle: Circle, client_of: Client, who: str) -> None:
    talk = Circle(open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=NOON).id, cast.ben)
    said = talk.say(cast.ana)
    goes, stays = (cast.ana, cast.ben) if who == "ana" else (cast.ben, cast.ana)
    assert client_of(goes).delete(f"{talk.talk_url}/membership").status_code == 204
    entry = client_of(stays).get(talk.talk_url).json()
    assert entry["conversation"]["closed_at"]
    assert entry["others"] == []
    assert [event["type"] for event in talk.events(stays, said)] == ["conversation.changed", "membership.changed"]
    with pytest.raises(errors.ConversationEnded):
        talk.say(stays)
    history = client_of(stays).get(f"{talk.talk_url}/messages").json()["items"]
    assert [message["seq"] for message in history] == [said]
    assert client_of(stays).delete(f"{talk.talk_url}/membership").status_code == 204


# -- budgets ----------------------------------------------------------------------------------------------------------


def test_budgets(
    cast: Cast, circle: Circle, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        circle.admit(new_person())
    block(by=cast.ana.account, membership=circle.of(cast.dora).id, now=LATER)
    ana = client_of(cast.ana)
    ana.get(f"{circle.url}/members")
    with django_assert_num_queries(5), django_assert_num_queries(0, connection=connections["keystore"]):
        members_told = ana.get(f"{circle.url}/members").json()  # session; membership, blocks, head, members
    assert len(members_told["items"]) == 12
