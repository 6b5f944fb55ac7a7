"""Direct talks: with a peer expert whom one has met, one at a time, known by id to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.sealing import datakeys
from backend.core.sealing.models import DataKey
from messaging.actions.direct import open_direct, start_direct
from messaging.actions.groups import close_group
from messaging.actions.memberships import change_member, leave
from messaging.models import Conversation, DirectTalk, Membership
from tests.asking import API, codes_at, inbox_of, refused, together
from tests.cast import Cast, Person, new_peer, new_person, utc_now
from tests.messaging.circle import LATER, Circle, new_circle, second_peer
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
CONVERSATIONS = f"{API}/conversations"


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben)
    made.admit(cast.ana, "Zilveren Reiger")
    return made


def ask(client: APIClient, cast: Cast, **given: Any) -> Any:
    return client.post(CONVERSATIONS, {"kind": "direct", "with": str(cast.peer.id), **given})


def test_a_member_talks_with_the_peer_expert_of_their_group(cast: Cast, circle: Circle, client_of: Client) -> None:
    reply = ask(client_of(cast.ana), cast, alias="Kraanvogel")
    assert reply.status_code == 201, reply.content
    told = reply.json()
    talk = Circle(Conversation.objects.get(id=told["conversation"]["id"]).id, cast.ben)
    assert (told["conversation"]["kind"], told["conversation"]["group"]) == ("direct", None)
    assert (told["membership"]["alias"], told["membership"]["part"]) == ("Kraanvogel", "member")
    (other,) = told["others"]
    assert (other["alias"], other["peer"], other["part"]) == ("Ben", str(cast.peer.id), "lead")
    for person in (cast.ana, cast.ben):
        added = inbox_of(person.account)[-1]
        assert (added["type"], added["first_seq"]) == ("conversation.added", 1)
        assert [event["type"] for event in talk.events(person)] == ["membership.changed"] * 2
    seen = client_of(cast.ben).get(talk.talk_url).json()
    assert [{**there, "muted_until": None} for there in seen["others"]] == [told["membership"]]  # that is their own
    shared = {value for value in told["membership"].values() if isinstance(value, str)}
    assert str(circle.of(cast.ana).id) not in shared
    assert "Zilveren Reiger" not in shared
    assert datakeys.found_keys([talk.id])
    first = talk.say(cast.ana)
    talk.say(cast.ben)
    assert first == 3


def test_the_same_again_is_the_same_talk(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana = client_of(cast.ana)
    first = ask(ana, cast)
    again = ask(ana, cast, alias="Somebody Else")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["membership"] == first.json()["membership"]
    key = {"Idempotency-Key": str(uuid4())}
    circle.admit(cast.dora)
    dora = client_of(cast.dora)
    body = {"kind": "direct", "with": str(cast.peer.id)}
    made, repeated = (dora.post(CONVERSATIONS, body, headers=key) for _ in range(2))
    assert (made.status_code, repeated.status_code) == (201, 201)
    assert made.json() == repeated.json()
    assert DirectTalk.objects.count() == 2


def test_an_alias_is_suggested_in_ones_language(cast: Cast, circle: Circle, client_of: Client) -> None:
    mine = ask(client_of(cast.ana), cast).json()["membership"]
    assert mine["alias"]
    assert mine["alias"] not in ("Zilveren Reiger", "Ben")
    assert mine["avatar_key"] != circle.of(cast.ana).avatar_key


@pytest.mark.parametrize(
    ("alias", "code"),
    [("zilveren reiger", "alias_used_elsewhere"), ("B\u0435n", "alias_taken"), ("BEN", "alias_taken")],
)
def test_an_alias_that_tells_too_much(cast: Cast, circle: Circle, client_of: Client, alias: str, code: str) -> None:
    refused(ask(client_of(cast.ana), cast, alias=alias), 409, code)
    assert not DirectTalk.objects.exists()


def test_whom_nobody_can_write_to(cast: Cast, circle: Circle, client_of: Client) -> None:
    """Always the same answer, so that no id can be tried out."""
    rosa = second_peer(cast, circle)  # in the group, but not leading it
    rosas = circle.of(rosa).peer_id
    stranger = new_person()
    far = new_peer(stranger, organisation=cast.organisation, alias="Far")
    moderator = cast.max.account.roles.get()
    ana, keys = client_of(cast.ana), DataKey.objects.count()
    for peer in (rosas, far.id, moderator.id, uuid4(), cast.dora.account.id, circle.of(cast.ben).id, circle.id):
        refused(ana.post(CONVERSATIONS, {"kind": "direct", "with": str(peer)}), 404, "not_found")
    refused(ask(client_of(cast.cleo), cast), 404, "not_found")  # belongs to no group of his
    refused(ask(client_of(cast.ben), cast), 404, "not_found")  # himself
    assert not DirectTalk.objects.exists()
    assert DataKey.objects.count() == keys  # nor does asking leave anything behind
    change_member(
        by=cast.ben.account, group=circle.id, membership=circle.of(rosa).id, changes={"part": "lead"}, now=LATER
    )
    assert ana.post(CONVERSATIONS, {"kind": "direct", "with": str(rosas)}).status_code == 201


def test_nor_once_they_have_gone(cast: Cast, client_of: Client) -> None:
    ana = client_of(cast.ana)
    left, closed = new_circle(cast.ben), new_circle(cast.ben, title="Another")
    left.admit(cast.ana)
    leave(by=cast.ana.account, conversation=left.id, now=LATER)
    closed.admit(cast.ana)
    close_group(by=cast.ben.account, group=closed.id, now=LATER)
    refused(ask(ana, cast), 404, "not_found")
    new_circle(cast.ben).admit(cast.ana)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    refused(ask(ana, cast), 404, "not_found")


def test_a_talk_outlives_the_group_where_they_met(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana = client_of(cast.ana)
    talk = ask(ana, cast).json()["conversation"]["id"]
    leave(by=cast.ana.account, conversation=circle.id, now=LATER)
    again = ask(ana, cast)
    assert (again.status_code, again.json()["conversation"]["id"]) == (200, talk)


def test_after_leaving_there_is_a_new_one(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana = client_of(cast.ana)
    first = ask(ana, cast, alias="Kraanvogel").json()
    leave(by=cast.ana.account, conversation=Conversation.objects.get(kind="direct").id, now=LATER)
    refused(ask(ana, cast, alias="Kraanvogel"), 409, "alias_used_elsewhere")
    second = ask(ana, cast)
    assert second.status_code == 201
    assert second.json()["conversation"]["id"] != first["conversation"]["id"]
    assert second.json()["membership"]["id"] != first["membership"]["id"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/with", "required"),
        ({"kind": "direct", "with": "ben"}, "/with", "not_uuid"),
        ({"kind": "direct", "with": None}, "/with", "not_null"),
        ({"kind": "group", "with": str(uuid4())}, "/kind", "not_choice"),
        ({"kind": "introduction", "with": str(uuid4())}, "/kind", "not_choice"),
        ({"kind": "direct", "with": str(uuid4()), "alias": " "}, "/alias", "text_empty"),
        ({"kind": "direct", "with": str(uuid4()), "title": "Us"}, "", "unknown_field"),
        ("direct", "", "not_object"),
    ],
)
def test_bad_input(cast: Cast, client_of: Client, body: object, pointer: str, code: str) -> None:
    assert codes_at(client_of(cast.ana).post(CONVERSATIONS, body))[pointer] == code


def test_who_opens_very_many_is_held_up(cast: Cast, client_of: Client) -> None:
    ana = client_of(cast.ana)
    replies = [ana.post(CONVERSATIONS, {"kind": "direct", "with": str(uuid4())}) for _ in range(21)]
    assert {reply.status_code for reply in replies[:20]} == {404}
    refused(replies[20], 429, "too_many")
    assert ana.get(CONVERSATIONS).status_code == 200


def test_with_a_locked_peer_expert_as_if_nothing_were(cast: Cast, circle: Circle, client_of: Client) -> None:
    lock_account(account=cast.ben.account, by=None, now=NOON)
    reply = ask(client_of(cast.ana), cast)
    assert reply.status_code == 201
    assert reply.json()["others"][0]["state"] == "active"
    assert Membership.objects.get(conversation__kind="direct", account=cast.ben.account).show_due_at is not None


def test_who_may_for_another_reason(cast: Cast) -> None:
    """A contact, later: whoever calls the lower verb knows that they may."""
    with pytest.raises(NotFound):
        open_direct(by=cast.cleo.account, peer=cast.peer.id, alias=None, now=NOON)
    talk = start_direct(member=cast.cleo.account, peer=cast.peer, alias="Kraanvogel", now=NOON)
    assert start_direct(member=cast.cleo.account, peer=cast.peer, alias=None, now=LATER) == talk
    assert open_direct(by=cast.cleo.account, peer=cast.peer.id, alias=None, now=LATER) == talk


@pytest.mark.django_db(transaction=True)
def test_opened_several_times_at_once_it_is_one_talk(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    for _ in range(4):
        circle.admit(person := new_person())
        results = together(*[partial(open_direct, by=person.account, peer=cast.peer.id, alias=None, now=LATER)] * 4)
        assert len({getattr(result, "id", result) for result in results}) == 1
        assert DirectTalk.objects.filter(member=person.account).count() == 1
        assert len(inbox_of(person.account)) == 4  # asked, accepted, added to the group, added to the talk


@pytest.mark.django_db(transaction=True)
def test_two_peer_experts_who_open_a_talk_with_each_other_at_once(cast: Cast) -> None:
    """Two talks, for each is a member in theirs; and no deadlock."""
    circle = new_circle(cast.ben)
    rosa = second_peer(cast, circle)
    rosas = circle.of(rosa).peer_id
    assert rosas is not None
    change_member(
        by=cast.ben.account, group=circle.id, membership=circle.of(rosa).id, changes={"part": "lead"}, now=NOON
    )
    results = together(
        lambda: open_direct(by=cast.ben.account, peer=rosas, alias=None, now=LATER),
        lambda: open_direct(by=rosa.account, peer=cast.peer.id, alias=None, now=LATER),
    )
    assert len({getattr(result, "id", None) for result in results}) == 2


def test_budgets(
    cast: Cast, circle: Circle, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ana = client_of(cast.ana)
    ask(ana, cast)
    with django_assert_num_queries(10), django_assert_num_queries(0, connection=connections["keystore"]):
        assert ask(ana, cast).status_code == 200  # session; role, talk; the entry as in the list of talks
