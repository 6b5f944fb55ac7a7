"""A group whose leads are all away rests, says so, and opens when one is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account, unlock_account
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.jobs import jobs, run_job
from messaging.actions import dormancy, memberships
from messaging.models import Group
from peers.experts.models import Expert
from tests.asking import refused
from tests.cast import Cast, Person
from tests.messaging.circle import LATER, Circle, new_circle, second_peer
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY = timedelta(days=1)


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben)
    made.admit(cast.ana, "Zilveren Reiger")
    return made


def away(person: Person, days: int | None = 3) -> None:
    until = None if days is None else NOON + days * DAY
    Expert.objects.filter(role__account=person.account).update(away_until=until)


def run_clock(days: int = 0) -> None:
    (job,) = [job for job in jobs() if job.name == "groups whose leads are away"]
    run_job(job, now=LATER + days * DAY)


def paused(circle: Circle) -> bool:
    return Group.objects.get(conversation=circle.id).paused_at is not None


def test_it_rests_and_says_so_and_opens_again(cast: Cast, circle: Circle, client_of: Client) -> None:
    head, ana = circle.head, client_of(cast.ana)
    away(cast.ben)
    run_clock()
    (told,) = circle.events(cast.ana, head)
    assert (told["type"], told["conversation"]["group"]["paused_at"]) == (
        "conversation.changed",
        "2026-03-02T13:00:00Z",
    )
    message = {"client_id": str(uuid4()), "body": "Hello"}
    refused(ana.post(f"{circle.talk_url}/messages", message), 403, "group_paused")
    circle.say(cast.ben, "I am on a train")
    run_clock()
    assert circle.head == head + 2, "again changes nothing"
    run_clock(days=3)
    assert ana.post(f"{circle.talk_url}/messages", message).status_code == 201
    told = next(event for event in circle.events(cast.ana, head + 2) if event["type"] == "conversation.changed")
    assert told["conversation"]["group"]["paused_at"] is None


def test_one_lead_who_is_there_is_enough(cast: Cast, circle: Circle) -> None:
    rosa = second_peer(cast, circle)
    given = {"by": cast.ben.account, "group": circle.id, "membership": circle.of(rosa).id, "now": NOON}
    memberships.change_member(**given, changes={"part": "lead"})  # type: ignore[arg-type]
    away(cast.ben)
    run_clock()
    assert not paused(circle)
    away(rosa)
    run_clock()
    assert paused(circle)
    away(rosa, None)
    run_clock()
    assert not paused(circle)


def test_a_locked_lead_is_away_when_it_shows(cast: Cast, circle: Circle) -> None:
    """Not before: else the moment would tell which aliases are one person's."""
    lock_account(account=cast.ben.account, by=None, now=LATER)
    run_clock()
    assert not paused(circle)
    dormancy.show_due(now=LATER + DAY)
    dormancy.show_due(now=LATER + 2 * DAY)
    run_clock(days=2)
    assert paused(circle)
    unlock_account(account=cast.ben.account, by=None, now=LATER + 2 * DAY)
    dormancy.show_due(now=LATER + 4 * DAY)
    run_clock(days=4)
    assert not paused(circle)


def test_what_is_posted_cannot_be_changed_meanwhile(cast: Cast, circle: Circle, client_of: Client) -> None:
    seq = circle.say(cast.ana)
    away(cast.ben)
    run_clock()
    refused(client_of(cast.ana).patch(f"{circle.talk_url}/messages/{seq}", {"body": "x"}), 403, "group_paused")
    assert client_of(cast.ana).delete(f"{circle.talk_url}/messages/{seq}").status_code == 204


def test_one_that_nobody_leads_is_announced_to_close_and_does_not_rest(cast: Cast, circle: Circle) -> None:
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=LATER)
    run_clock()
    assert not paused(circle)
    assert Group.objects.get(conversation=circle.id).closes_at is not None
