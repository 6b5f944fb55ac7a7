"""A group whose only lead loses the role: announced to close, taken over, or closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.jobs import jobs, run_job
from messaging import errors
from messaging.actions import leading, measures
from messaging.actions import memberships as members
from messaging.models import Conversation, Group, Membership
from tests.asking import inbox_of, refused, together
from tests.cast import Cast, Person, new_organisation, new_peer, new_person
from tests.messaging.circle import LATER, Circle, new_circle, second_peer
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAYS = timedelta(days=1)


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben)
    made.admit(cast.ana, "Zilveren Reiger")
    return made


def lose_role(person: Person) -> None:
    end_role(account=person.account, kind="peer_expert", by=None, now=LATER)


def make_lead(circle: Circle, person: Person) -> None:
    there = circle.of(person).id
    members.change_member(by=circle.lead.account, group=circle.id, membership=there, changes={"part": "lead"}, now=NOON)


def closing(circle: Circle) -> Any:
    return Group.objects.get(conversation=circle.id).closes_at


def is_open(circle: Circle) -> bool:
    return Conversation.objects.get(id=circle.id).closed_at is None


def run_clock(**after: int) -> None:
    (job,) = [job for job in jobs() if job.name == "groups nobody leads"]
    run_job(job, now=LATER + timedelta(**after))


# -- the role ends ----------------------------------------------------------------------------------------------------


def test_the_only_lead_loses_the_role(cast: Cast, circle: Circle, client_of: Client) -> None:
    before, version = circle.head, Group.objects.get(conversation=circle.id).version
    lose_role(cast.ben)
    mine = circle.of(cast.ben)
    assert (mine.state, mine.part, mine.peer_id) == ("active", "member", cast.peer.id)
    assert closing(circle) == LATER + 28 * DAYS
    changed, announced = circle.events(cast.ana, before)
    assert (changed["type"], changed["membership"]["part"]) == ("membership.changed", "member")
    assert announced["type"] == "conversation.changed"
    assert announced["conversation"]["group"]["closes_at"] == "2026-03-30T13:00:00Z"
    told = client_of(cast.cleo).get(circle.url)  # who looks for a group sees it, too
    assert told.json()["closes_at"] is not None
    assert told["ETag"] == f'"{version + 1}"'
    assert circle.say(cast.ana) > before  # it goes on until then
    refused(client_of(cast.ben).delete(circle.url), 403, "forbidden")
    members.leave(by=cast.ben.account, conversation=circle.id, now=LATER)  # nobody is held fast
    assert is_open(circle)


def test_another_lead_goes_on(cast: Cast, circle: Circle) -> None:
    rosa = second_peer(cast, circle)
    make_lead(circle, rosa)
    before = circle.head
    lose_role(cast.ben)
    assert [event["type"] for event in circle.events(cast.ana, before)] == ["membership.changed"]
    assert closing(circle) is None
    assert circle.of(rosa).part == "lead"
    lose_role(rosa)
    assert closing(circle) is not None


def test_other_roles_and_other_names_stay(cast: Cast, circle: Circle) -> None:
    """Who is a peer expert elsewhere, and belongs here under another name, is not touched."""
    other = new_circle(second_peer(cast, circle))
    there = other.admit(cast.ben, "Kraanvogel")
    end_role(account=cast.max.account, kind="moderator", by=None, now=LATER)
    before = other.head
    lose_role(cast.ben)
    assert other.head == before
    there.refresh_from_db()
    assert (there.part, there.state) == ("member", "active")
    assert closing(other) is None


def test_a_closed_group_stays_closed_and_is_announced_once_it_is_open_again(cast: Cast, circle: Circle) -> None:
    measures.close(group=circle.id, now=NOON)
    lose_role(cast.ben)
    assert closing(circle) is None
    measures.reopen(group=circle.id, now=LATER + DAYS)
    assert closing(circle) == LATER + 29 * DAYS


def test_the_clock_closes_it(cast: Cast, circle: Circle) -> None:
    lose_role(cast.ben)
    circle.ask(cast.cleo)
    run_clock(days=28, seconds=-1)
    assert is_open(circle)
    before = circle.head
    run_clock(days=28)
    assert not is_open(circle)
    assert [event["type"] for event in circle.events(cast.ana, before)] == ["conversation.changed"]
    assert inbox_of(cast.cleo.account)[-1]["state"] == "declined"
    run_clock(days=29)
    assert circle.head == before + 1


# -- taken over -------------------------------------------------------------------------------------------------------


def test_who_is_there_as_a_peer_expert_takes_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    rosa = second_peer(cast, circle)
    client = client_of(rosa)
    refused(client.post(f"{circle.url}/lead"), 409, "group_has_lead")
    lose_role(cast.ben)
    circle.ask(cast.cleo)
    before = circle.head
    taken = client.post(f"{circle.url}/lead")
    assert (taken.status_code, taken.json()["part"]) == (200, "lead")
    assert closing(circle) is None
    told = circle.events(cast.ana, before)
    assert [event["type"] for event in told] == ["membership.changed", "conversation.changed"]
    assert told[1]["conversation"]["group"]["closes_at"] is None
    assert len(client.get(f"{circle.url}/admission-requests").json()["items"]) == 1
    head = circle.head
    assert client.post(f"{circle.url}/lead").json() == taken.json()  # again changes nothing
    assert circle.head == head
    run_clock(days=28)
    assert is_open(circle)


def test_one_of_the_same_organisation_comes_in_with_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    noor = new_person()
    role = new_peer(noor, organisation=cast.organisation, alias="Noor")
    client = client_of(noor)
    refused(client.post(f"{circle.url}/lead"), 404, "not_found")  # as long as somebody leads it
    lose_role(cast.ben)
    head = circle.head
    told = client.post(f"{circle.url}/lead").json()
    assert (told["peer"], told["part"], told["alias"]) == (str(role.id), "lead", "Noor")
    assert circle.of(noor).visible_from > head  # what was said before was said to others
    assert closing(circle) is None


def test_who_does_not_take_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    house, _, _ = new_organisation(new_person(), new_person(), name="Huis aan zee")
    far, hidden, gone = new_person(), new_person(), new_person()
    new_peer(far, organisation=house, alias="Far")
    circle.admit(hidden, "Kraanvogel")
    removed = circle.admit(gone, "Gouden Varen")
    members.remove_member(by=cast.ben.account, group=circle.id, membership=removed.id, now=NOON)
    new_peer(hidden, organisation=cast.organisation, alias="Hidden")
    new_peer(gone, organisation=cast.organisation, alias="Gone")
    lose_role(cast.ben)
    head = circle.head
    for person, status, code in (
        (cast.cleo, 404, "not_found"),
        (cast.olga, 404, "not_found"),
        (far, 404, "not_found"),
        (cast.ana, 403, "peer_expert_needed"),
        (cast.ben, 403, "peer_expert_needed"),
        (hidden, 409, "already_member"),  # it would tell who they are
        (gone, 403, "was_removed"),
    ):
        refused(client_of(person).post(f"{circle.url}/lead"), status, code)
    refused(client_of(cast.ana).post(f"{circle.url}/lead", {"part": "lead"}), 400, "invalid")
    assert circle.head == head
    assert closing(circle) is not None


def test_nobody_takes_what_is_closed(cast: Cast, circle: Circle, client_of: Client) -> None:
    rosa = second_peer(cast, circle)
    lose_role(cast.ben)
    run_clock(days=28)
    refused(client_of(rosa).post(f"{circle.url}/lead"), 403, "conversation_ended")


def test_a_fixed_number_of_queries(
    cast: Cast, circle: Circle, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rosa = second_peer(cast, circle)
    lose_role(cast.ben)
    client = client_of(rosa)
    for n in range(20):
        circle.ask(new_person(), f"Reiger {n}")
    with django_assert_num_queries(14):
        assert client.post(f"{circle.url}/lead").status_code == 200


# -- at the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_two_leads_lose_the_role_at_once(cast: Cast, number: int) -> None:
    circle = new_circle(cast.ben)
    rosa = second_peer(cast, circle)
    make_lead(circle, rosa)
    together(partial(lose_role, cast.ben), partial(lose_role, rosa))
    assert not Membership.objects.filter(conversation=circle.id, part="lead").exists()
    assert closing(circle) is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_made_a_lead_while_losing_the_role(cast: Cast, number: int) -> None:
    circle = new_circle(cast.ben)
    rosa = second_peer(cast, circle)
    made, _ = together(partial(make_lead, circle, rosa), partial(lose_role, rosa))
    assert made is None or isinstance(made, errors.PeerExpertNeeded)
    assert circle.of(rosa).part == "member"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_two_take_it_and_the_clock_closes_it_at_once(cast: Cast, number: int) -> None:
    circle = new_circle(cast.ben)
    rosa, noor = second_peer(cast, circle), second_peer(cast, circle, alias="Noor")
    lose_role(cast.ben)
    due = LATER + 28 * DAYS
    results = together(
        *[partial(leading.take_lead, by=person.account, group=circle.id, now=due) for person in (rosa, noor)],
        partial(leading.close_unled, now=due),
    )
    leads = Membership.objects.filter(conversation=circle.id, part="lead").count()
    assert (leads, closing(circle) is None) == ((1, True) if is_open(circle) else (0, False))
    assert sum(isinstance(result, Membership) for result in results) == leads
