"""What concerns a whole account: access ends at once, but each place shows it at a time of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account, unlock_account
from backend.core.accounts.models import Account
from backend.core.jobs import jobs, run_job
from messaging.actions import dormancy
from messaging.actions.memberships import leave
from messaging.errors import NoSuchConversation
from messaging.models import Membership
from tests.asking import together
from tests.cast import Cast, Person
from tests.messaging.circle import Circle, new_circle
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY = timedelta(hours=24)


@pytest.fixture
def circles(cast: Cast) -> list[Circle]:
    made = [new_circle(cast.ben, title=f"Group {n}") for n in range(3)]
    for circle in made:
        circle.admit(cast.ana)
        circle.admit(cast.dora)
    return made


def memberships(person: Person) -> list[Membership]:
    return list(Membership.objects.filter(account=person.account).order_by("show_due_at"))


def times(person: Person) -> list[datetime]:
    return [there.show_due_at for there in memberships(person) if there.show_due_at is not None]


def shown(circles: list[Circle], person: Person, viewer: Person, after: list[int]) -> list[str]:
    """What the groups told about this person."""
    ids = {str(there.id) for there in memberships(person)}
    return [
        event["membership"]["state"]
        for circle, seq in zip(circles, after, strict=True)
        for event in circle.events(viewer, seq)
        if event["type"] == "membership.changed" and event["membership"]["id"] in ids
    ]


def test_nothing_shows_at_once_but_access_has_ended(cast: Cast, circles: list[Circle], client_of: Client) -> None:
    heads = [circle.head for circle in circles]
    lock_account(account=cast.ana.account, by=None, now=NOON)
    assert [circle.head for circle in circles] == heads
    assert dormancy.show_due(now=NOON) == 0
    told = client_of(cast.dora).get(f"{circles[0].url}/members").json()["items"]
    assert {member["state"] for member in told} == {"active"}
    with pytest.raises(NoSuchConversation):
        circles[0].say(cast.ana)
    assert client_of(cast.dora).get(circles[0].talk_url).status_code == 200
    assert (
        APIClient().get(circles[0].talk_url, headers={"Authorization": f"Bearer {cast.ana.token}"}).status_code == 401
    )


def test_each_place_shows_it_at_a_time_of_its_own(cast: Cast, circles: list[Circle], client_of: Client) -> None:
    heads = [circle.head for circle in circles]
    lock_account(account=cast.ana.account, by=None, now=NOON)
    drawn = times(cast.ana)
    assert len(set(drawn)) == 3
    assert all(NOON < at < NOON + DAY for at in drawn)
    assert times(cast.dora) == []
    for n, at in enumerate(drawn):
        assert dormancy.show_due(now=at - timedelta(microseconds=1)) == 0
        assert dormancy.show_due(now=at) == 1
        assert shown(circles, cast.ana, cast.dora, heads) == ["dormant"] * (n + 1)
    assert dormancy.show_due(now=NOON + 2 * DAY) == 0
    told = client_of(cast.dora).get(f"{circles[0].url}/members").json()["items"]
    assert sorted(member["state"] for member in told) == ["active", "active", "dormant"]


def test_times_spread_over_the_day() -> None:
    drawn = [dormancy.draw_time(now=NOON) - NOON for _ in range(400)]
    assert timedelta(0) < min(drawn) < timedelta(hours=2)
    assert timedelta(hours=22) < max(drawn) < DAY
    assert len({at.microseconds // 1000 for at in drawn}) > 200


def test_undone_before_it_was_shown_it_never_shows(cast: Cast, circles: list[Circle]) -> None:
    heads = [circle.head for circle in circles]
    lock_account(account=cast.ana.account, by=None, now=NOON)
    first = times(cast.ana)[0]
    dormancy.show_due(now=first)
    unlock_account(account=cast.ana.account, by=None, now=first)
    (again,) = times(cast.ana)  # only the one that was shown
    assert first < again < first + DAY
    assert dormancy.show_due(now=again) == 1
    dormancy.show_due(now=NOON + 3 * DAY)
    assert shown(circles, cast.ana, cast.dora, heads) == ["active"] * 2  # shown twice, as it is now
    assert [circle.head - head for circle, head in zip(circles, heads, strict=True)].count(0) == 2
    assert not any(there.dormant for there in memberships(cast.ana))


def test_locked_again_keeps_or_draws_its_times(cast: Cast, circles: list[Circle]) -> None:
    lock_account(account=cast.ana.account, by=None, now=NOON)
    first = times(cast.ana)[0]
    dormancy.show_due(now=first)
    unlock_account(account=cast.ana.account, by=None, now=first)
    lock_account(account=cast.ana.account, by=None, now=first)
    assert [there.show_due_at is None for there in memberships(cast.ana)].count(True) == 1  # already shown
    assert len(times(cast.ana)) == 2
    kept = times(cast.ana)
    dormancy.follow_standing(Account.objects.get(id=cast.ana.account.id), first + DAY)
    assert times(cast.ana) == kept


def test_what_has_been_left_shows_nothing(cast: Cast, circles: list[Circle]) -> None:
    leave(by=cast.ana.account, conversation=circles[0].id, now=NOON)
    lock_account(account=cast.ana.account, by=None, now=NOON)
    assert len(times(cast.ana)) == 2
    unlock_account(account=cast.ana.account, by=None, now=NOON)
    lock_account(account=cast.ana.account, by=None, now=NOON)
    unlock_account(account=cast.ana.account, by=None, now=NOON)
    assert times(cast.ana) == []


def test_leaving_meanwhile_ends_the_waiting(cast: Cast, circles: list[Circle]) -> None:
    """Unlocked after it was shown, then gone: there is nothing to show any more."""
    lock_account(account=cast.ana.account, by=None, now=NOON)
    for at in times(cast.ana):
        dormancy.show_due(now=at)
    unlock_account(account=cast.ana.account, by=None, now=NOON + DAY)
    leave(by=cast.ana.account, conversation=circles[0].id, now=NOON + DAY)
    assert len(times(cast.ana)) == 2


def test_after_the_worker_was_away_not_all_at_once(cast: Cast, circles: list[Circle]) -> None:
    heads = [circle.head for circle in circles]
    lock_account(account=cast.ana.account, by=None, now=NOON)
    lock_account(account=cast.dora.account, by=None, now=NOON)
    late = NOON + 2 * DAY
    assert dormancy.show_due(now=late) == 6
    for person in (cast.ana, cast.dora):
        assert len(shown(circles, person, cast.ben, heads)) == 1
        assert all(late < at < late + timedelta(hours=1) for at in times(person))
        assert len(set(times(person))) == 2
    for at in sorted(times(cast.ana) + times(cast.dora)):
        assert dormancy.show_due(now=at) == 1
    assert shown(circles, cast.ana, cast.ben, heads) == ["dormant"] * 3


def test_the_worker_does_it(cast: Cast, circles: list[Circle]) -> None:
    lock_account(account=cast.ana.account, by=None, now=NOON)
    (job,) = [job for job in jobs() if job.name == "what concerns whole accounts"]
    assert run_job(job, now=times(cast.ana)[0]) == 1
    assert [there.dormant for there in memberships(cast.ana)].count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_show_each_once(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    before = circle.head
    lock_account(account=cast.ana.account, by=None, now=NOON)
    counts = together(*[lambda: dormancy.show_due(now=NOON + DAY)] * 3)
    assert sorted(count for count in counts if isinstance(count, int)) == [0, 0, 1]
    assert circle.head == before + 1


@pytest.mark.django_db(transaction=True)
def test_unlocked_while_it_is_shown_ends_as_it_is(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    for _ in range(5):
        lock_account(account=cast.ana.account, by=None, now=NOON)
        together(
            lambda: dormancy.show_due(now=NOON + DAY),
            lambda: unlock_account(account=cast.ana.account, by=None, now=NOON + DAY),
        )
        dormancy.show_due(now=NOON + 2 * DAY)
        assert not circle.of(cast.ana).dormant
        assert times(cast.ana) == []


def test_what_is_true_then_is_shown_and_nothing_else(cast: Cast, circles: list[Circle]) -> None:
    """A time that was drawn for what is no longer so."""
    heads = [circle.head for circle in circles]
    Membership.objects.filter(account=cast.ana.account, conversation=circles[0].id).update(show_due_at=NOON)
    assert dormancy.show_due(now=NOON) == 1
    assert [circle.head for circle in circles] == heads
    assert times(cast.ana) == []
