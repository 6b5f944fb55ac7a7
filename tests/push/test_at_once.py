"""Two at once, with real transactions on two connections: each device is pushed to once, and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.core.accounts.actions.sessions import revoke_session
from backend.core.push import registry, transports
from backend.core.push.actions import expanding
from backend.core.push.actions.expanding import expand_streams, expand_wishes
from backend.core.push.actions.sending import LEASE, send_due
from backend.core.push.actions.waking import deliver
from backend.core.push.models import Cursor, Delivery, Device, Wish
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Stream
from infra.drill.services import fcm_error
from messaging.actions.messages import send_message
from messaging.models import Message
from peers.checkins.actions import clock
from peers.checkins.models import Checkin
from tests.asking import together
from tests.cast import Cast, Person, new_session, utc_now
from tests.messaging.rooms import Room, new_room
from tests.peers.asking_how import MONDAY, ahead, set_wishes
from tests.push.aside import Aside, aside, held_write, stop_at, wait_for_lock
from tests.push.conftest import House, expand, waiting

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["aside"]


def tokens(house: House) -> list[str]:
    return [told["token"] for told in house.fcm.messages()]


def wish(person: Person, *, now: datetime) -> None:
    deliver(account=person.account, kind=Kind.ACCOUNT, now=now)


def test_two_workers_and_one_device_are_one_push(house: House, cast: Cast) -> None:
    now = utc_now()
    house.phone(cast.ana, "anas")
    wish(cast.ana, now=now)
    expand(now=now)
    later = now + timedelta(seconds=31)
    counts = together(lambda: send_due(now=later), lambda: send_due(now=later))
    assert sum(count for count in counts if isinstance(count, int)) == 1
    assert (tokens(house), waiting()) == (["anas"], [])


def test_while_one_worker_sends_the_other_finds_nothing(
    house: House, cast: Cast, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    house.phone(cast.ana, "anas")
    wish(cast.ana, now=now)
    expand(now=now)
    later = now + timedelta(seconds=31)
    first = aside(lambda: send_due(now=later))
    stop_at(monkeypatch, transports, "send", lambda: first, after=False)
    first.start()
    assert send_due(now=later) == 0
    first.finish()
    assert (tokens(house), waiting()) == (["anas"], [])


def test_a_lease_that_is_lost_is_at_most_one_push_more(
    house: House, cast: Cast, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is slow, another takes it over and settles; what the first learns then changes nothing."""
    now = utc_now()
    house.phone(cast.ana, "anas")
    wish(cast.ana, now=now)
    expand(now=now)
    later = now + timedelta(seconds=31)
    house.fcm.answers["anas"] = [fcm_error(503, "UNAVAILABLE")]  # for the first; the second is taken
    first = aside(lambda: send_due(now=later))
    stop_at(monkeypatch, transports, "send", lambda: first, after=True)
    first.start()
    wish(cast.ana, now=later)  # what comes meanwhile is for the one who holds it now
    expand(now=later)
    assert send_due(now=later + LEASE - timedelta(seconds=1)) == 0
    assert send_due(now=later + LEASE) == 1
    assert waiting() == []
    first.finish()
    assert (tokens(house), waiting()) == (["anas", "anas"], [])
    collapse = {told["android"]["collapse_key"] for told in house.fcm.messages()}
    assert collapse == {"sync"}


def test_a_lost_lease_settles_nothing_of_who_holds_it_now(
    house: House, cast: Cast, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first says sent while the second still sends: the row is the second's."""
    now = utc_now()
    house.phone(cast.ana, "anas")
    wish(cast.ana, now=now)
    expand(now=now)
    later = now + timedelta(seconds=31)
    first = aside(lambda: send_due(now=later))
    second = aside(lambda: send_due(now=later + LEASE))
    stop_at(monkeypatch, transports, "send", lambda: second if first.reached.is_set() else first, after=False)
    first.start()
    second.start()
    held = Delivery.objects.get().lease
    first.finish()
    assert Delivery.objects.get().lease == held
    second.finish()
    assert (tokens(house), waiting()) == (["anas", "anas"], [])


def test_two_workers_and_one_stream_wake_once(house: House, cast: Cast, room: Room) -> None:
    house.phone(cast.ben, "bens")
    now = say(cast, room)
    together(lambda: expand_streams(now=now), lambda: expand_streams(now=now))
    head = Stream.objects.get(id=room.id)
    assert Cursor.objects.get(stream_id=room.id).seq == head.head
    assert len(waiting()) == 1
    house.work(now=now)
    assert tokens(house) == ["bens"]


def test_what_is_said_while_a_stream_is_expanded_is_not_forgotten(
    house: House, cast: Cast, room: Room, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.phone(cast.ben, "bens")
    house.work()
    house.fcm.got.clear()
    now = say(cast, room)
    first = aside(lambda: expand_streams(now=now))
    stop_at(monkeypatch, registry, "woken_by", lambda: first, after=False)
    first.start()
    assert expand_streams(now=now) == 0  # another worker does not wait for it
    say(cast, room)  # nor does who writes
    first.finish()
    assert Stream.objects.get(id=room.id).unpushed
    expand(now=now)
    assert Delivery.objects.get().heard == [[str(room.id), seq] for seq in seqs_of(room)]
    house.work(now=now)
    assert tokens(house) == ["bens"]


def test_two_workers_and_the_same_wishes_wake_once(house: House, cast: Cast) -> None:
    now = utc_now()
    house.phone(cast.ana, "anas")
    for _ in range(5):
        wish(cast.ana, now=now)
    together(lambda: expand_wishes(now=now), lambda: expand_wishes(now=now))
    assert (Wish.objects.count(), len(waiting())) == (0, 1)
    house.work(now=now)
    assert tokens(house) == ["anas"]


@pytest.mark.parametrize("ends_first", [True, False])
def test_a_session_that_ends_during_expansion_leaves_nothing(
    house: House,
    cast: Cast,
    aside: Callable[..., Aside],
    monkeypatch: pytest.MonkeyPatch,
    ends_first: bool,
) -> None:
    """Whoever comes first: no row without a device, no deadlock, and the other device is pushed to."""
    now = utc_now()
    other, _ = new_session(cast.ana.account)
    house.phone(Person(cast.ana.account, "", "", other), "ends")
    house.phone(cast.ana, "stays")
    wish(cast.ana, now=now)

    def revoke() -> None:
        revoke_session(by=cast.ana.account, session=other.id, now=now)

    if ends_first:  # the session's write holds the device; the worker waits for it
        ending = held_write(aside, revoke)
        ending.start()
        worker = aside(lambda: expand_wishes(now=now))
        worker._thread.start()
        wait_for_lock()
        ending.finish()
        assert worker.finish() == 1
    else:  # the worker holds the devices; the session's write waits for it
        worker = aside(lambda: expand_wishes(now=now))
        stop_at(monkeypatch, expanding, "wake", lambda: worker, after=True)
        worker.start()
        ending = aside(revoke)
        ending._thread.start()
        wait_for_lock()
        worker.finish()
        ending.finish()
    assert list(Device.objects.values_list("session", flat=True)) == [cast.ana.session.id]
    house.work(now=now)
    assert (tokens(house), waiting()) == (["stays"], [])


def test_a_session_that_ends_while_it_is_pushed_to_stays_ended(
    house: House, cast: Cast, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    other, _ = new_session(cast.ana.account)
    house.phone(Person(cast.ana.account, "", "", other), "ends")
    wish(cast.ana, now=now)
    expand(now=now)
    worker = aside(lambda: send_due(now=now + timedelta(seconds=31)))
    stop_at(monkeypatch, transports, "send", lambda: worker, after=True)
    worker.start()
    revoke_session(by=cast.ana.account, session=other.id, now=now)
    worker.finish()
    assert (Device.objects.count(), waiting()) == (0, [])


@pytest.mark.parametrize("when", ["before the verdict is written down", "while it is written down"])
def test_an_address_given_while_the_verdict_on_the_old_one_comes_stays(
    house: House, cast: Cast, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    now = utc_now()
    house.phone(cast.ana, "old")
    house.fcm.answers["old"] = [fcm_error(404, "NOT_FOUND", fcm="UNREGISTERED")]
    wish(cast.ana, now=now)
    expand(now=now)
    worker = aside(lambda: send_due(now=now + timedelta(seconds=31)))
    if when.startswith("before"):
        stop_at(monkeypatch, transports, "send", lambda: worker, after=True)
        worker.start()
        house.phone(cast.ana, "new")
        worker.finish()
    else:  # the new address is written, but not committed, when the verdict looks at the row
        giving = held_write(aside, lambda: house.phone(cast.ana, "new"))
        stop_at(monkeypatch, transports, "send", lambda: worker, after=True)
        worker.start()
        giving.start()
        worker.go_on.set()
        wait_for_lock()
        giving.finish()
        worker.finish()
    assert Device.objects.count() == 1
    house.work(now=now + timedelta(minutes=1))
    assert (tokens(house), waiting()) == (["old", "new"], [])


def test_without_another_address_the_verdict_holds(house: House, cast: Cast) -> None:
    now = utc_now()
    house.phone(cast.ana, "old")
    house.fcm.answers["old"] = [fcm_error(404, "NOT_FOUND", fcm="UNREGISTERED")]
    wish(cast.ana, now=now)
    house.work(now=now)
    assert (Device.objects.count(), waiting()) == (0, [])


def test_a_plan_that_is_changed_while_the_clock_opens_is_opened_before_or_after(
    cast: Cast, aside: Callable[..., Aside], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The member's write holds the plan: the clock leaves it for the next tick; and the other way round it waits."""
    set_wishes(cast.ana.account, now=MONDAY)
    there = ahead(cast.ana.account)
    assert there.due_at is not None
    due = there.due_at + timedelta(seconds=1)

    def change(**given: Any) -> None:
        set_wishes(cast.ana.account, now=due, **given)

    changing = held_write(aside, lambda: change(preset="light"))
    changing.start()
    assert clock.open_due(now=due) == 0
    changing.finish()
    assert clock.open_due(now=due) == 0  # it lies elsewhere now
    moved = ahead(cast.ana.account)
    assert moved.due_at is not None
    due = moved.due_at + timedelta(seconds=1)
    opening = aside(lambda: clock.open_due(now=due))
    stop_at(monkeypatch, clock, "_open", lambda: opening, after=True)
    opening.start()
    stopping = aside(lambda: change(preset="often"))
    stopping._thread.start()
    wait_for_lock()
    assert opening.finish() == 1
    stopping.finish()
    states = list(Checkin.objects.filter(plan=cast.ana.account.id).order_by("series", "index").values_list("state"))
    assert sorted(state for (state,) in states) == ["open", "planned"]


def test_two_clocks_open_each_check_in_once(cast: Cast) -> None:
    set_wishes(cast.ana.account, now=MONDAY)
    set_wishes(cast.dora.account, now=MONDAY)
    due = max(ahead(one.account).due_at or MONDAY for one in (cast.ana, cast.dora))
    at = due + timedelta(seconds=1)
    together(lambda: clock.open_due(now=at), lambda: clock.open_due(now=at))
    clock.open_due(now=at)
    assert Checkin.objects.filter(state="open").count() + Checkin.objects.filter(state="planned").count() >= 3
    for one in (cast.ana, cast.dora):
        indexes = list(Checkin.objects.filter(plan=one.account.id).values_list("series", "index"))
        assert len(indexes) == len(set(indexes))
        assert Checkin.objects.filter(plan=one.account.id, state="planned").count() == 1


# -- what these tests need --------------------------------------------------------------------------------------------


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana)


def say(cast: Cast, room: Room) -> datetime:
    now = utc_now()
    send_message(
        by=cast.ana.account,
        session=cast.ana.session,
        conversation=room.id,
        client_id=uuid4(),
        body="Hoi",
        now=now,
    )
    return now


def seqs_of(room: Room) -> list[int]:
    return list(Message.objects.filter(conversation_id=room.id).order_by("seq").values_list("seq", flat=True))
