"""Coming into a group: asked under an alias that leads nowhere else, decided by a person, once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.invites import Redeeming, make_invite, redeem_invite
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.aliases import AVATAR_KEYS
from backend.core.errors import Conflict, DomainError
from messaging import errors
from messaging.actions import admissions as actions
from messaging.actions.memberships import leave, remove_member
from messaging.models import AdmissionRequest, Membership
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, new_peer, new_person, utc_now
from tests.messaging.circle import LATER, Circle, new_circle, second_peer
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
REQUESTS = f"{API}/admission-requests"
MINE = f"{API}/me/admission-requests"


@pytest.fixture
def circle(cast: Cast) -> Circle:
    return new_circle(cast.ben, asks="What brings you here?")


def ask_url(circle: Circle) -> str:
    return f"{circle.url}/admission-requests"


# -- asking -----------------------------------------------------------------------------------------------------------


def test_a_request_is_seen_by_its_asker_and_by_who_decides(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, ben = client_of(cast.ana), client_of(cast.ben)
    asked = ana.post(ask_url(circle), {"alias": "Zilveren Reiger", "avatar_key": "leaf-moss", "answer": "Een vriendin"})
    assert asked.status_code == 201, asked.content
    told = asked.json()
    seen = {
        "id": told["id"], "group": str(circle.id), "alias": "Zilveren Reiger", "avatar_key": "leaf-moss", "peer": None,
        "state": "asked",
    }  # fmt: skip
    assert told == {**seen, "title": "Side by side", "asked_at": told["asked_at"], "decided_at": None}
    mine = ana.get(MINE).json()
    assert (mine["items"], mine["seq"]) == ([told], 1)
    waiting = ben.get(ask_url(circle)).json()
    day = told["asked_at"][:10]  # to who decides it is a day, not a moment
    assert waiting["items"] == [{**seen, "answer": "Een vriendin", "asked_on": day, "invited": False}]
    for person in (cast.ana, cast.ben):
        event = inbox_of(person.account)[-1]
        assert (event["type"], event["request"], event["state"]) == ("admission.changed", told["id"], "asked")
    assert inbox_of(cast.dora.account) == []
    assert circle.head == 1  # the group itself is not told


def test_others_do_not_know_of_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.admit(cast.dora)
    asked = circle.ask(cast.ana)
    dora, cleo = client_of(cast.dora), client_of(cast.cleo)
    refused(dora.get(ask_url(circle)), 403, "forbidden")
    refused(cleo.get(ask_url(circle)), 404, "not_found")
    for client in (dora, cleo):
        assert asked not in [UUID(told["id"]) for told in client.get(MINE).json()["items"]]
        for reply in (
            client.delete(f"{REQUESTS}/{asked}"),
            client.post(f"{REQUESTS}/{asked}/accept"),
            client.post(f"{REQUESTS}/{asked}/decline"),
            client.post(f"{REQUESTS}/{uuid4()}/accept"),
        ):
            refused(reply, 404, "not_found")
    refused(client_of(cast.ben).delete(f"{REQUESTS}/{asked}"), 404, "not_found")
    for verb in ("accept", "decline"):
        refused(client_of(cast.ana).post(f"{REQUESTS}/{asked}/{verb}"), 403, "forbidden")
    refused(cleo.post(f"{API}/groups/{uuid4()}/admission-requests", {}), 404, "not_found")


def test_a_lead_of_another_group_is_a_stranger_here(cast: Cast, circle: Circle, client_of: Client) -> None:
    rosa = second_peer(cast, circle)
    new_circle(rosa, title="Another")
    asked = circle.ask(cast.ana)
    refused(client_of(rosa).post(f"{REQUESTS}/{asked}/accept"), 404, "not_found")
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    refused(client_of(cast.ben).post(f"{REQUESTS}/{asked}/accept"), 404, "not_found")  # who leads as nobody


def test_an_answer_lies_sealed_and_goes_with_the_decision(cast: Cast, circle: Circle) -> None:
    for decide in (actions.accept_request, actions.decline_request):
        person = new_person()
        asked = circle.ask(person, answer="A canary in a mine")
        assert "canary" not in dump_databases()
        decide(by=cast.ben.account, request=asked, now=LATER)
        assert AdmissionRequest.objects.get(id=asked).answer is None
    asked = circle.ask(cast.ana, answer="Once more")
    actions.withdraw_request(by=cast.ana.account, request=asked, now=LATER)
    assert AdmissionRequest.objects.get(id=asked).answer is None


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"alias": ""}, "/alias", "text_empty"),
        ({"alias": "x" * 33}, "/alias", "text_too_long"),
        ({"alias": 5}, "/alias", "not_text"),
        ({"avatar_key": "my-face"}, "/avatar_key", "not_choice"),
        ({"answer": "x" * 1001}, "/answer", "text_too_long"),
        ({"as_peer": "yes"}, "/as_peer", "not_flag"),
        ({"name": "Ana"}, "", "unknown_field"),
        ([], "", "not_object"),
    ],
)
def test_bad_input(cast: Cast, circle: Circle, client_of: Client, body: object, pointer: str, code: str) -> None:
    assert codes_at(client_of(cast.ana).post(ask_url(circle), body))[pointer] == code
    assert not AdmissionRequest.objects.exists()


def test_what_is_left_out_is_suggested(cast: Cast, circle: Circle, client_of: Client) -> None:
    told = client_of(cast.ana).post(ask_url(circle)).json()
    assert told["alias"]
    assert told["avatar_key"] in AVATAR_KEYS
    other = new_circle(cast.ben, title="Another")
    seen = [circle.admit(new_person(), rng=random.Random(n)).avatar_key for n in range(3)]
    assert len(set(seen)) > 1
    for n in range(8):  # never the avatar of another place, as long as there are others
        person = new_person()
        first = circle.admit(person, rng=random.Random(n))
        second = other.admit(person, rng=random.Random(n))
        assert first.alias_key != second.alias_key
        assert first.avatar_key != second.avatar_key


def test_one_request_at_a_time_and_none_by_members(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana = client_of(cast.ana)
    asked = ana.post(ask_url(circle), {"alias": "Reiger"}).json()["id"]
    refused(ana.post(ask_url(circle), {"alias": "Kraanvogel"}), 409, "already_asked")
    actions.accept_request(by=cast.ben.account, request=UUID(asked), now=LATER)
    refused(ana.post(ask_url(circle), {"alias": "Kraanvogel"}), 409, "already_member")
    refused(client_of(cast.ben).post(ask_url(circle), {}), 409, "already_member")
    assert AdmissionRequest.objects.count() == 1


def test_the_same_request_again_by_its_key(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, key = client_of(cast.ana), {"Idempotency-Key": "k"}
    first, again = (ana.post(ask_url(circle), {"alias": "Reiger"}, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())


def test_who_asks_very_often_is_held_up(cast: Cast, circle: Circle, client_of: Client) -> None:
    """Asking and withdrawing would try out which aliases there are in a group."""
    ana = client_of(cast.ana)
    for n in range(15):
        asked = ana.post(ask_url(circle), {"alias": f"Alias {n}"})
        assert asked.status_code == 201
        ana.delete(f"{REQUESTS}/{asked.json()['id']}")
    refused(ana.post(ask_url(circle), {"alias": "Alias 15"}), 429, "too_many")


# -- aliases ----------------------------------------------------------------------------------------------------------


def test_an_alias_is_one_persons_in_a_group(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.admit(cast.ana, "Zilveren Reiger")
    circle.ask(cast.dora, "Kraanvogel")
    cleo = client_of(cast.cleo)
    for alias in ("Zilveren Reiger", " zilveren  REIGER", "Z1lveren R\u0435iger", "kraan-vogel", "B\u00e9n"):
        refused(cleo.post(ask_url(circle), {"alias": alias}), 409, "alias_taken")
    assert cleo.post(ask_url(circle), {"alias": "Bente"}).status_code == 201


def test_who_has_left_is_not_taken_for_somebody_else(cast: Cast, circle: Circle, client_of: Client) -> None:
    circle.admit(cast.ana, "Zilveren Reiger")
    leave(by=cast.ana.account, conversation=circle.id, now=LATER)
    refused(client_of(cast.cleo).post(ask_url(circle), {"alias": "Zilveren Reiger"}), 409, "alias_taken")
    assert circle.admit(cast.ana, "Zilveren Reiger").state == "active"  # but they may be themselves again


def test_no_alias_in_two_places(cast: Cast, circle: Circle, client_of: Client) -> None:
    other = new_circle(cast.ben, title="Another")
    circle.admit(cast.ana, "Zilveren Reiger")
    asked = circle.ask(cast.dora, "Kraanvogel")
    actions.decline_request(by=cast.ben.account, request=asked, now=LATER)
    refused(client_of(cast.ana).post(ask_url(other), {"alias": "ZILVEREN reiger"}), 409, "alias_used_elsewhere")
    refused(client_of(cast.dora).post(ask_url(other), {"alias": "Kraanvogel"}), 409, "alias_used_elsewhere")
    leave(by=cast.ana.account, conversation=circle.id, now=LATER)
    refused(client_of(cast.ana).post(ask_url(other), {"alias": "Zilveren Reiger"}), 409, "alias_used_elsewhere")
    assert other.admit(cast.cleo, "Zilveren Reiger").state == "active"  # whoever else may


def test_a_peer_expert_as_a_member_is_somebody_else(cast: Cast, circle: Circle, client_of: Client) -> None:
    rosa = new_person()
    new_peer(rosa, organisation=cast.organisation, alias="Rosa")
    refused(client_of(rosa).post(ask_url(circle), {"alias": "rosa"}), 409, "alias_used_elsewhere")
    mine = circle.admit(rosa, "Stille Vos")
    assert (mine.peer_id, mine.part) == (None, "member")


@pytest.mark.parametrize("alias", ["\ufdfa" * 32, "\ufdfa" * 3 + "ab", "\u00a8"])
def test_a_sign_that_stands_for_many(cast: Cast, circle: Circle, client_of: Client, alias: str) -> None:
    assert client_of(cast.ana).post(ask_url(circle), {"alias": alias}).status_code == 201
    refused(client_of(cast.cleo).post(ask_url(circle), {"alias": alias}), 409, "alias_taken")


def test_a_peer_expert_comes_under_the_name_of_the_role(cast: Cast, circle: Circle, client_of: Client) -> None:
    other = new_circle(cast.ben, title="Another")
    rosa = second_peer(cast, circle)
    asked = client_of(rosa).post(ask_url(other), {"as_peer": True})
    assert asked.status_code == 201, asked.content
    told = asked.json()
    there = circle.of(rosa)
    assert there.peer_id is not None
    assert (told["alias"], told["avatar_key"], told["peer"]) == ("Rosa", "leaf-moss", str(there.peer_id))
    actions.accept_request(by=cast.ben.account, request=UUID(told["id"]), now=LATER)
    assert (other.of(rosa).peer_id, other.of(rosa).part) == (there.peer_id, "member")


def test_only_a_peer_expert_does(cast: Cast, circle: Circle, client_of: Client) -> None:
    refused(client_of(cast.ana).post(ask_url(circle), {"as_peer": True}), 403, "peer_expert_needed")
    other = new_circle(second_peer(cast, circle), title="Another")
    refused(client_of(cast.ben).post(ask_url(other), {"as_peer": True, "alias": "Kees"}), 400, "alias_from_role")
    other.ask(cast.dora, "Ben")
    refused(client_of(cast.ben).post(ask_url(other), {"as_peer": True}), 409, "alias_taken")


# -- deciding ---------------------------------------------------------------------------------------------------------


def test_accepted(cast: Cast, circle: Circle, client_of: Client) -> None:
    earlier = circle.say(cast.ben, "Before you came")
    asked = circle.ask(cast.ana, "Zilveren Reiger")
    reply = client_of(cast.ben).post(f"{REQUESTS}/{asked}/accept")
    assert (reply.status_code, reply.json()["state"]) == (200, "accepted")
    mine = circle.of(cast.ana)
    assert (mine.alias, mine.part, mine.peer_id, mine.visible_from) == ("Zilveren Reiger", "member", None, circle.head)
    (event,) = circle.events(cast.ben, earlier)
    assert (event["type"], event["seq"], event["membership"]["alias"]) == (
        "membership.changed", mine.visible_from, "Zilveren Reiger",
    )  # fmt: skip
    decided, added = inbox_of(cast.ana.account)[-2:]
    assert (decided["type"], decided["state"]) == ("admission.changed", "accepted")
    assert (added["type"], added["first_seq"]) == ("conversation.added", mine.visible_from)
    assert added["membership"]["id"] == str(mine.id)
    assert inbox_of(cast.ben.account)[-1]["state"] == "accepted"
    history = client_of(cast.ana).get(f"{circle.talk_url}/messages").json()["items"]
    assert history == []  # what was said before was not said to them
    circle.say(cast.ana)
    assert client_of(cast.ben).get(ask_url(circle)).json()["items"] == []


def test_declined_and_asked_again(cast: Cast, circle: Circle, client_of: Client) -> None:
    asked = circle.ask(cast.ana, "Zilveren Reiger")
    reply = client_of(cast.ben).post(f"{REQUESTS}/{asked}/decline", {})
    assert (reply.status_code, reply.json()["state"]) == (200, "declined")
    assert not Membership.objects.filter(account=cast.ana.account).exists()
    told = inbox_of(cast.ana.account)
    assert [event["type"] for event in told] == ["admission.changed"] * 2
    refused(client_of(cast.ana).get(circle.talk_url), 404, "not_found")
    client_of(cast.ana).post(ask_url(circle), {"alias": "Zilveren Reiger"})
    states = [told["state"] for told in client_of(cast.ana).get(MINE).json()["items"]]
    assert states == ["asked", "declined"]


def test_withdrawn_twice(cast: Cast, circle: Circle, client_of: Client) -> None:
    asked, ana = circle.ask(cast.ana), client_of(cast.ana)
    for _ in range(2):
        assert ana.delete(f"{REQUESTS}/{asked}").status_code == 204
    assert [event["state"] for event in inbox_of(cast.ben.account)[-2:]] == ["withdrawn"] * 2  # as it is now
    assert len(inbox_of(cast.ana.account)) == 2
    assert client_of(cast.ben).get(ask_url(circle)).json()["items"] == []


@pytest.mark.parametrize(("verb", "state"), [("accept", "accepted"), ("decline", "declined")])
def test_what_is_decided_stays_decided(cast: Cast, circle: Circle, client_of: Client, verb: str, state: str) -> None:
    asked, ben = circle.ask(cast.ana), client_of(cast.ben)
    assert ben.post(f"{REQUESTS}/{asked}/{verb}").status_code == 200
    for again in ("accept", "decline"):
        refused(ben.post(f"{REQUESTS}/{asked}/{again}"), 409, "state_conflict")
    refused(client_of(cast.ana).delete(f"{REQUESTS}/{asked}"), 409, "state_conflict")
    assert AdmissionRequest.objects.get(id=asked).state == state
    refused(ben.post(f"{REQUESTS}/{circle.ask(cast.dora)}/accept", {"role": "lead"}), 400, "invalid", "")


def test_who_was_removed_does_not_come_back_by_asking(cast: Cast, circle: Circle, client_of: Client) -> None:
    gone = circle.admit(cast.ana)
    remove_member(by=cast.ben.account, group=circle.id, membership=gone.id, now=LATER)
    for body in ({"alias": "Somebody New"}, {}):
        refused(client_of(cast.ana).post(ask_url(circle), body), 403, "was_removed")
    assert client_of(cast.ben).get(ask_url(circle)).json()["items"] == []  # and nobody learns that they tried


def test_a_locked_account_is_let_in_as_if_nothing_were(cast: Cast, circle: Circle) -> None:
    asked = circle.ask(cast.ana)
    lock_account(account=cast.ana.account, by=None, now=NOON)
    actions.accept_request(by=cast.ben.account, request=asked, now=LATER)
    mine = circle.of(cast.ana)
    assert not mine.dormant
    assert mine.show_due_at is not None
    assert LATER < mine.show_due_at <= LATER + timedelta(hours=24)
    assert circle.events(cast.ben)[-1]["membership"]["state"] == "active"


def test_all_who_lead_are_told(cast: Cast, circle: Circle) -> None:
    rosa = second_peer(cast, circle)
    Membership.objects.filter(account=rosa.account).update(part="lead")
    before = len(inbox_of(rosa.account))
    asked = circle.ask(cast.ana)
    actions.accept_request(by=rosa.account, request=asked, now=LATER)
    assert [event["type"] for event in inbox_of(rosa.account)[before:]] == ["admission.changed"] * 2
    assert inbox_of(cast.ben.account)[-1]["state"] == "accepted"


# -- races ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_let_somebody_in_once(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    rosa = second_peer(cast, circle)
    Membership.objects.filter(account=rosa.account).update(part="lead")
    for _ in range(4):
        asked, before = circle.ask(person := new_person()), circle.head
        results = together(
            *[
                partial(actions.accept_request, by=lead.account, request=asked, now=LATER)
                for lead in (cast.ben, rosa, cast.ben)
            ]
        )
        assert [isinstance(result, Conflict) for result in results].count(False) == 1
        assert Membership.objects.filter(account=person.account).count() == 1
        assert circle.head == before + 1


@pytest.mark.django_db(transaction=True)
def test_accepted_or_withdrawn_but_never_both(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    for _ in range(6):
        asked = circle.ask(person := new_person())
        accepted, withdrawn, declined = together(
            partial(actions.accept_request, by=cast.ben.account, request=asked, now=LATER),
            partial(actions.withdraw_request, by=person.account, request=asked, now=LATER),
            partial(actions.decline_request, by=cast.ben.account, request=asked, now=LATER),
        )
        won = [not isinstance(result, DomainError) for result in (accepted, withdrawn, declined)]
        assert won.count(True) == 1
        states = ["accepted", "withdrawn", "declined"]
        assert AdmissionRequest.objects.get(id=asked).state == states[won.index(True)]
        assert Membership.objects.filter(account=person.account).exists() == won[0]


@pytest.mark.django_db(transaction=True)
def test_an_alias_asked_for_in_two_groups_at_once_is_used_in_one(cast: Cast) -> None:
    one, two = new_circle(cast.ben), new_circle(cast.ben, title="Another")
    for n in range(4):
        person = new_person()
        results = together(*[partial(circle.ask, person, f"Reiger {n}") for circle in (one, two)])
        assert sum(isinstance(result, errors.AliasUsedElsewhere) for result in results) == 1


@pytest.mark.django_db(transaction=True)
def test_an_alias_asked_for_by_several_at_once_is_one_persons(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    people = [new_person() for _ in range(4)]
    results = together(*[partial(circle.ask, person, "Zilveren Reiger") for person in people])
    assert sum(isinstance(result, errors.AliasTaken) for result in results) == 3
    assert AdmissionRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_asking_several_times_at_once_is_asking_once(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    results = together(*[lambda: circle.ask(cast.ana)] * 4)
    assert sum(isinstance(result, errors.AlreadyAsked) for result in results) == 3


@pytest.mark.django_db(transaction=True)
def test_locked_while_being_let_in_shows_in_the_end(cast: Cast) -> None:
    """Whichever comes first, the new membership has its own time to show it."""
    circle = new_circle(cast.ben)
    for _ in range(4):
        asked = circle.ask(person := new_person())
        together(
            partial(actions.accept_request, by=cast.ben.account, request=asked, now=LATER),
            partial(lock_account, account=person.account, by=None, now=LATER),
        )
        assert Membership.objects.get(account=person.account).show_due_at is not None


def test_who_decides_sees_whether_somebody_was_invited_and_not_by_whom(
    cast: Cast, circle: Circle, client_of: Client
) -> None:
    made = make_invite(by=cast.olga.account, kind="member", now=utc_now())
    redeem_invite(by=cast.ana.account, redeeming=Redeeming(code=made.code), now=utc_now())
    circle.ask(cast.ana)
    circle.ask(cast.cleo, now=LATER)
    waiting = client_of(cast.ben).get(ask_url(circle))
    assert [told["invited"] for told in waiting.json()["items"]] == [True, False]
    assert str(cast.olga.account.id) not in waiting.content.decode()
    assert "invited" not in client_of(cast.ana).get(MINE).json()["items"][0]


def test_a_newcomer_sees_no_members_until_admitted(cast: Cast, circle: Circle, client_of: Client) -> None:
    """Nor by an invite: that opens no group."""
    made = make_invite(by=cast.olga.account, kind="member", now=utc_now())
    redeem_invite(by=cast.ana.account, redeeming=Redeeming(code=made.code), now=utc_now())
    for newcomer in (client_of(cast.cleo), client_of(cast.ana)):
        refused(newcomer.get(f"{circle.url}/members"), 404, "not_found")
        for url in (circle.url, f"{API}/groups", f"{API}/conversations"):
            shown = newcomer.get(url).content.decode()
            assert str(cast.peer.id) not in shown
            assert "Ben" not in shown


# -- budgets ----------------------------------------------------------------------------------------------------------


def test_budgets(
    cast: Cast, circle: Circle, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        circle.ask(new_person(), answer="Because")
    for n in range(3):
        new_circle(cast.ben, title=f"Group {n}").ask(cast.ana)
    ben, ana = client_of(cast.ben), client_of(cast.ana)
    ben.get(ask_url(circle))
    with django_assert_num_queries(5), django_assert_num_queries(0, connection=connections["keystore"]):
        assert len(ben.get(ask_url(circle)).json()["items"]) == 12  # session; head, membership, requests, vouches
    with django_assert_num_queries(3):
        assert len(ana.get(MINE).json()["items"]) == 3  # session; head, requests
