"""A group whose leads are all away rests, says so, and opens when one is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account, unlock_account
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Duty, Role
from backend.core.jobs import jobs, run_job
from messaging.actions import dormancy, memberships
from messaging.actions.pausing import settle_pauses
from messaging.models import Group
from moderation.models import Debrief, Exposure
from moderation.queries.load import MOST_GRAVE
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


def off(person: Person, hours: list[str] | None = None) -> None:
    """They are there in the evening, or at these hours, on Mondays."""
    given = {"timezone": "Europe/Amsterdam", "days": {"mon": [hours or ["18:00", "22:00"]]}}
    Expert.objects.filter(role__account=person.account).update(office_hours=given)


def watched(cast: Cast, role: Role | None = None) -> Duty:
    """max, or somebody, is on duty for days."""
    by = role or Role.objects.get(account=cast.max.account, kind="moderator")
    times = {"begins_at": LATER - DAY, "ends_at": LATER + 9 * DAY}
    return Duty.objects.create(organisation=cast.organisation, role=by, **times)


def why(circle: Circle) -> str:
    return Group.objects.get(conversation=circle.id).paused_why


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
    group = told["conversation"]["group"]
    assert (told["type"], group["paused_at"], group["paused_why"]) == (
        "conversation.changed",
        "2026-03-02T13:00:00Z",
        "leads_away",
    )
    message = {"client_id": str(uuid4()), "body": "Hello"}
    refused(ana.post(f"{circle.talk_url}/messages", message), 403, "group_paused")
    circle.say(cast.ben, "I am on a train")
    run_clock()
    assert circle.head == head + 2, "again changes nothing"
    run_clock(days=3)
    assert ana.post(f"{circle.talk_url}/messages", message).status_code == 201
    told = next(event for event in circle.events(cast.ana, head + 2) if event["type"] == "conversation.changed")
    group = told["conversation"]["group"]
    assert (group["paused_at"], group["paused_why"]) == (None, None)


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


def test_one_that_nobody_leads_is_announced_to_close_and_rests_while_nobody_watches(cast: Cast, circle: Circle) -> None:
    watched(cast)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=LATER)
    run_clock()
    assert not paused(circle)
    assert Group.objects.get(conversation=circle.id).closes_at is not None
    Duty.objects.all().delete()
    run_clock()
    assert why(circle) == "unwatched"


# -- nobody is there to look ------------------------------------------------------------------------------------------


def test_at_night_it_rests_while_nobody_watches(cast: Cast, circle: Circle, client_of: Client) -> None:
    """LATER is Monday, 14:00 in Amsterdam; ben is there in the evening."""
    off(cast.ben)
    head, ana = circle.head, client_of(cast.ana)
    message = {"client_id": str(uuid4()), "body": "Hello"}
    duty = watched(cast)
    run_clock()
    assert circle.head == head, "somebody is on duty"
    Duty.objects.filter(id=duty.id).update(ends_at=LATER)
    run_clock()
    (told,) = circle.events(cast.ana, head)
    assert (told["type"], told["conversation"]["group"]["paused_why"]) == ("conversation.changed", "unwatched")
    refused(ana.post(f"{circle.talk_url}/messages", message), 403, "group_unwatched")
    circle.say(cast.ben, "I am on a train")
    run_clock()
    assert circle.head == head + 2, "again changes nothing"
    Duty.objects.filter(id=duty.id).update(ends_at=LATER + DAY)
    run_clock()
    assert why(circle) == ""
    assert ana.post(f"{circle.talk_url}/messages", message).status_code == 201


def test_who_leads_and_is_there_is_enough(cast: Cast, circle: Circle) -> None:
    run_clock()
    assert not paused(circle), "who has said no hours is there, unless away"
    off(cast.ben)
    run_clock()
    assert why(circle) == "unwatched"
    off(cast.ben, hours=["13:00", "15:00"])
    run_clock()
    assert not paused(circle)


def test_whoever_is_on_duty_must_be_able_to_take_more(cast: Cast, circle: Circle) -> None:
    off(cast.ben)
    duty = watched(cast)
    for _ in range(MOST_GRAVE):
        Exposure.objects.create(role=duty.role, case_id=uuid4(), reason="danger", met_at=LATER)
    run_clock()
    assert why(circle) == "unwatched"
    Debrief.objects.create(role=duty.role, talked_at=LATER)
    run_clock()
    assert not paused(circle)


def test_who_is_on_duty_for_members_does_not_watch(cast: Cast, circle: Circle) -> None:
    off(cast.ben)
    watched(cast, cast.coordinator)
    run_clock()
    assert why(circle) == "unwatched"


def test_the_reason_changes_and_since_when_does_not(cast: Cast, circle: Circle) -> None:
    watched(cast)
    away(cast.ben)
    run_clock()
    since = Group.objects.get(conversation=circle.id).paused_at
    assert why(circle) == "leads_away"
    Duty.objects.all().delete()
    run_clock()
    assert why(circle) == "leads_away", "that is the reason, also while nobody watches"
    away(cast.ben, None)
    off(cast.ben)
    run_clock()
    assert why(circle) == "unwatched"
    assert Group.objects.get(conversation=circle.id).paused_at == since


def test_what_is_posted_cannot_be_changed_while_nobody_watches(cast: Cast, circle: Circle, client_of: Client) -> None:
    seq = circle.say(cast.ana)
    off(cast.ben)
    run_clock()
    refused(client_of(cast.ana).patch(f"{circle.talk_url}/messages/{seq}", {"body": "x"}), 403, "group_unwatched")


def test_a_closed_group_does_not_rest(cast: Cast, circle: Circle, client_of: Client) -> None:
    assert client_of(cast.ben).delete(circle.url).status_code == 204
    off(cast.ben)
    run_clock()
    assert not paused(circle)


def test_it_asks_as_often_for_many_groups_as_for_one(cast: Cast, circle: Circle) -> None:
    with CaptureQueriesContext(connection) as one:
        settle_pauses(now=LATER)
    for number in range(5):
        new_circle(cast.ben, title=f"Group {number}")
    with CaptureQueriesContext(connection) as many:
        settle_pauses(now=LATER)
    assert len(many) == len(one)
