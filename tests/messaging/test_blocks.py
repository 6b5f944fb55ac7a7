"""Blocks: both ways, in one conversation, in history and in events; elsewhere nothing tells who is who."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from messaging.actions import blocks as actions
from messaging.actions.direct import open_direct
from messaging.actions.memberships import leave
from messaging.models import Block, DirectTalk
from tests.asking import API, inbox_of, refused, together
from tests.cast import Cast, Person, new_person
from tests.messaging.circle import LATER, Circle, new_circle
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
BLOCKS = f"{API}/blocks"


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben)
    made.admit(cast.ana, "Zilveren Reiger")
    made.admit(cast.dora, "Kraanvogel")
    return made


def history(client: APIClient, circle: Circle) -> list[int]:
    return [message["seq"] for message in client.get(f"{circle.talk_url}/messages").json()["items"]]


def aliases(client: APIClient, circle: Circle) -> list[str]:
    return [told["alias"] for told in client.get(f"{circle.url}/members").json()["items"]]


def new_talk(cast: Cast, person: Person) -> Circle:
    """The direct talk with ben."""
    return Circle(open_direct(by=person.account, peer=cast.peer.id, alias=None, now=NOON).id, cast.ben)


def types(circle: Circle, person: Person, after: int) -> list[str]:
    return [event["type"] for event in circle.events(person, after)]


# -- what it does -----------------------------------------------------------------------------------------------------


def test_two_who_do_not_see_each_other(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, ben, dora = client_of(cast.ana), client_of(cast.ben), client_of(cast.dora)
    hers, his = circle.say(cast.dora, "Before"), circle.say(cast.ana, "Before")
    url, before = f"{BLOCKS}/{circle.of(cast.dora).id}", circle.head
    assert ana.put(url).status_code == 204
    assert [types(circle, person, before) for person in (cast.ana, cast.dora, cast.ben)] == [
        ["conversation.reset"], ["conversation.reset"], [],
    ]  # fmt: skip
    later_hers, later_his = circle.say(cast.dora, "After"), circle.say(cast.ana, "After")
    assert history(ana, circle) == [his, later_his]
    assert history(dora, circle) == [hers, later_hers]
    assert history(ben, circle) == [hers, his, later_hers, later_his]
    assert aliases(ana, circle) == ["Ben", "Zilveren Reiger"]
    assert aliases(dora, circle) == ["Ben", "Kraanvogel"]
    assert "message.created" in types(circle, cast.dora, circle.head - 2)  # her own
    assert [e["body"] for e in circle.events(cast.ana, before) if "body" in e] == ["After"]
    for _ in range(2):
        assert ana.delete(url).status_code == 204
    assert history(ana, circle) == history(dora, circle) == [hers, his, later_hers, later_his]


def test_the_same_again_changes_nothing(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, url = client_of(cast.ana), f"{BLOCKS}/{circle.of(cast.dora).id}"
    assert ana.delete(url).status_code == 204  # there is none yet
    assert circle.head == 3
    for _ in range(3):
        assert ana.put(url).status_code == 204
    assert (circle.head, Block.objects.count()) == (5, 1)


def test_only_its_maker_has_it_in_a_list(cast: Cast, circle: Circle, client_of: Client) -> None:
    named = circle.of(cast.dora)
    actions.block(by=cast.ana.account, membership=named.id, now=LATER)
    told = client_of(cast.ana).get(BLOCKS).json()["items"]
    assert [(b["conversation"], b["membership"]["id"], b["membership"]["alias"]) for b in told] == [
        (str(circle.id), str(named.id), "Kraanvogel")
    ]
    for person in (cast.dora, cast.ben, cast.cleo):
        assert client_of(person).get(BLOCKS).json()["items"] == []
    refused(client_of(cast.dora).delete(f"{BLOCKS}/{uuid4()}"), 404, "not_found")
    assert client_of(cast.dora).delete(f"{BLOCKS}/{circle.of(cast.ana).id}").status_code == 204  # not hers to lift
    assert Block.objects.count() == 1


def test_strangers_and_oneself(cast: Cast, circle: Circle, client_of: Client) -> None:
    leave(by=cast.dora.account, conversation=circle.id, now=LATER)
    for person in (cast.cleo, cast.max, cast.dora):
        for membership in (circle.of(cast.ana).id, circle.of(cast.dora).id, uuid4()):
            refused(client_of(person).put(f"{BLOCKS}/{membership}"), 404, "not_found")
            refused(client_of(person).delete(f"{BLOCKS}/{membership}"), 404, "not_found")
    refused(client_of(cast.ana).put(f"{BLOCKS}/{circle.of(cast.ana).id}"), 400, "block_of_oneself")
    refused(client_of(cast.ana).put(f"{BLOCKS}/nobody"), 404, "not_found")
    assert not Block.objects.exists()


def test_each_has_their_own(cast: Cast, circle: Circle, client_of: Client) -> None:
    """While one of two blocks stays nothing changes for the other, who learns nothing either."""
    ana, dora = circle.of(cast.ana).id, circle.of(cast.dora).id
    actions.block(by=cast.ana.account, membership=dora, now=LATER)
    before = circle.head
    actions.block(by=cast.dora.account, membership=ana, now=LATER)
    assert (types(circle, cast.ana, before), types(circle, cast.dora, before)) == ([], ["conversation.reset"])
    before = circle.head
    actions.unblock(by=cast.ana.account, membership=dora, now=LATER)
    assert (types(circle, cast.ana, before), types(circle, cast.dora, before)) == (["conversation.reset"], [])
    assert aliases(client_of(cast.ana), circle) == ["Ben", "Zilveren Reiger"]
    before = circle.head
    actions.unblock(by=cast.dora.account, membership=ana, now=LATER)
    assert types(circle, cast.ana, before) == types(circle, cast.dora, before) == ["conversation.reset"]
    assert len(aliases(client_of(cast.ana), circle)) == 3


def test_who_has_left_can_still_be_hidden(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.say(cast.dora)
    leave(by=cast.dora.account, conversation=circle.id, now=LATER)
    before = circle.head
    assert client_of(cast.ana).put(f"{BLOCKS}/{circle.of(cast.dora).id}").status_code == 204
    assert history(client_of(cast.ana), circle) == []
    assert circle.head == before + 1  # for ana alone


def test_another_alias_does_not_undo_it_and_is_not_told_by_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, first = client_of(cast.ana), circle.of(cast.dora)
    actions.block(by=cast.ana.account, membership=first.id, now=LATER)
    leave(by=cast.dora.account, conversation=circle.id, now=LATER)
    second = circle.admit(cast.dora, "Somebody New")
    circle.say(cast.dora, "Here again")
    assert history(ana, circle) == []
    assert "Somebody New" not in aliases(ana, circle)
    # Were she told of it by somebody else and named it: that works as for any other, and changes nothing else.
    assert ana.put(f"{BLOCKS}/{second.id}").status_code == 204
    listed = {block["membership"]["id"] for block in ana.get(BLOCKS).json()["items"]}
    assert listed == {str(first.id), str(second.id)}
    ana.delete(f"{BLOCKS}/{first.id}")
    assert "Somebody New" not in aliases(ana, circle)
    ana.delete(f"{BLOCKS}/{second.id}")
    assert "Somebody New" in aliases(ana, circle)


# -- nowhere else -----------------------------------------------------------------------------------------------------


def test_elsewhere_nothing_changes(cast: Cast, circle: Circle, client_of: Client) -> None:
    other = new_circle(cast.ben, title="Another")
    for person in (cast.ana, cast.dora):
        other.admit(person)
    said, head = other.say(cast.dora), other.head
    inbox = len(inbox_of(cast.dora.account))
    actions.block(by=cast.ana.account, membership=circle.of(cast.dora).id, now=LATER)
    assert history(client_of(cast.ana), other) == [said]
    assert len(aliases(client_of(cast.ana), other)) == 3
    assert (other.head, len(inbox_of(cast.dora.account))) == (head, inbox)


def test_blocking_a_peer_expert_closes_the_direct_talk(cast: Cast, circle: Circle, client_of: Client) -> None:
    talk, others = new_talk(cast, cast.ana), new_talk(cast, cast.dora)
    said = talk.say(cast.ben)
    assert client_of(cast.ana).put(f"{BLOCKS}/{circle.of(cast.ben).id}").status_code == 204
    assert types(talk, cast.ana, said) == types(talk, cast.ben, said) == ["conversation.changed"]
    assert client_of(cast.ben).get(talk.talk_url).json()["conversation"]["closed_at"]
    assert history(client_of(cast.ana), talk) == [said]  # what was said there stays to be read
    assert DirectTalk.objects.filter(ended_at=None).values_list("conversation", flat=True).get() == others.id
    with pytest.raises(NotFound):  # nor is there a new one from that group
        open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=LATER)
    client_of(cast.ana).delete(f"{BLOCKS}/{circle.of(cast.ben).id}")
    assert new_talk(cast, cast.ana).id != talk.id  # the old one stays closed


def test_a_peer_experts_block_of_a_member_does_not(cast: Cast, circle: Circle) -> None:
    """It would tell them which of the people they talk with that member is."""
    talk = new_talk(cast, cast.ana)
    head = talk.head
    actions.block(by=cast.ben.account, membership=circle.of(cast.ana).id, now=LATER)
    assert talk.head == head
    assert talk.say(cast.ana)
    assert new_talk(cast, cast.ana).id == talk.id


@pytest.mark.parametrize("who", ["ana", "ben"])
def test_a_block_in_a_direct_talk_ends_it(cast: Cast, circle: Circle, client_of: Client, who: str) -> None:
    talk = new_talk(cast, cast.ana)
    said = talk.say(cast.ana)
    by, of = (cast.ana, cast.ben) if who == "ana" else (cast.ben, cast.ana)
    actions.block(by=by.account, membership=talk.of(of).id, now=LATER)
    entry = client_of(cast.ben).get(talk.talk_url).json()
    assert entry["conversation"]["closed_at"]
    assert entry["others"] == []
    assert history(client_of(cast.ben), talk) == []
    assert history(client_of(cast.ana), talk) == [said]
    assert len(aliases(client_of(cast.ana), circle)) == 3  # the group is another place
    with pytest.raises(NotFound):
        open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=LATER)
    actions.unblock(by=by.account, membership=talk.of(of).id, now=LATER)
    assert new_talk(cast, cast.ana).id != talk.id


# -- races ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_both_at_once(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    circle.admit(cast.dora)
    pairs = [
        (cast.ana, circle.of(cast.dora).id),
        (cast.dora, circle.of(cast.ana).id),
        (cast.ana, circle.of(cast.ben).id),
    ]
    for act, left in ((actions.block, 3), (actions.unblock, 0)):
        results = together(*[partial(act, by=by.account, membership=named, now=LATER) for by, named in pairs * 2])
        assert not any(isinstance(result, Exception) for result in results)
        assert Block.objects.count() == left
    assert circle.head == 3 + 2 * (2 + 1 + 2)  # ana and dora: both, then one of them; ben and ana: both


@pytest.mark.django_db(transaction=True)
def test_no_talk_is_open_behind_a_block(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    for _ in range(6):
        circle.admit(person := new_person())
        together(
            partial(open_direct, by=person.account, peer=cast.peer.id, alias=None, now=LATER),
            partial(actions.block, by=person.account, membership=circle.of(cast.ben).id, now=LATER),
        )
        assert not DirectTalk.objects.filter(member=person.account, ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_blocks_in_two_places_at_once_do_not_hold_each_other_up(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    for _ in range(6):
        circle.admit(person := new_person())
        talk = new_talk(cast, person)
        named: list[tuple[Person, UUID]] = [
            (person, circle.of(cast.ben).id),
            (person, talk.of(cast.ben).id),
            (cast.ben, talk.of(person).id),
            (cast.ben, circle.of(person).id),
        ]
        results = together(*[partial(actions.block, by=by.account, membership=of, now=LATER) for by, of in named])
        assert not any(isinstance(result, Exception) for result in results)
        ended = DirectTalk.objects.get(conversation=talk.id)
        assert ended.ended_at is not None
        assert types(talk, person, 0).count("conversation.changed") == 1


# -- budgets ----------------------------------------------------------------------------------------------------------


def test_budgets(
    cast: Cast, circle: Circle, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        actions.block(by=cast.ana.account, membership=circle.admit(new_person()).id, now=LATER)
    ana = client_of(cast.ana)
    ana.get(BLOCKS)
    with django_assert_num_queries(2), django_assert_num_queries(0, connection=connections["keystore"]):
        assert len(ana.get(BLOCKS).json()["items"]) == 6  # session; blocks
