"""From what happens to one push for each device: who, when, how often, and what each verdict does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from backend.core.accounts.actions.accounts import lock_account, rotate_code
from backend.core.accounts.actions.sessions import revoke_session
from backend.core.accounts.models import Session
from backend.core.push import transports
from backend.core.push.actions import sending
from backend.core.push.actions.notifications import Wanted, change_notifications
from backend.core.push.actions.sending import send_due
from backend.core.push.actions.waking import TTL, deliver, wake_on_duty
from backend.core.push.models import Cursor, Delivery, Device, Wish
from backend.core.push.quiet import parse_quiet
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Stream
from infra.drill.services import fcm_error
from messaging.actions.blocks import block
from messaging.actions.memberships import be_quiet
from messaging.actions.messages import send_message
from messaging.models import Membership
from tests.cast import Cast, Person, new_session, utc_now
from tests.messaging.rooms import Room, new_room
from tests.push.conftest import House, expand, waiting

pytestmark = pytest.mark.django_db


def say(by: Person, conversation: UUID, body: str = "Hoi", now: datetime | None = None) -> int:
    given: dict[str, Any] = {"conversation": conversation, "client_id": uuid4(), "body": body, "now": now or utc_now()}
    return send_message(by=by.account, session=by.session, **given).seq


def tokens(house: House) -> list[str]:
    return [told["token"] for told in house.fcm.messages()]


def want(person: Person, **given: Any) -> None:
    change_notifications(by=person.account, wanted=Wanted(**given), check=lambda _: None, now=utc_now())


def test_a_wish_pushes_once_to_each_device(house: House, cast: Cast) -> None:
    house.phone(cast.ana, "first")
    second, _ = new_session(cast.ana.account)
    house.phone(Person(cast.ana.account, "", "", second), "second")
    house.phone(cast.dora, "doras")
    for kind in Kind:
        deliver(account=cast.ana.account, kind=kind, now=utc_now())
    house.work()
    assert sorted(tokens(house)) == ["first", "second"]
    assert (Wish.objects.count(), waiting()) == (0, [])


def test_who_has_no_device_has_nothing_waiting(house: House, cast: Cast) -> None:
    deliver(account=cast.ana.account.id, kind=Kind.CHECKINS, now=utc_now())
    assert not Wish.objects.exists()


def test_without_push_nothing_fails(house: House, cast: Cast, settings: Settings) -> None:
    house.phone(cast.ana)
    settings.FCM_CREDENTIALS = settings.VAPID_KEY = ""
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    house.work()
    assert (tokens(house), waiting(), Wish.objects.count()) == ([], [], 0)
    assert Device.objects.exists()


def test_no_earlier_than_its_jitter(house: House, cast: Cast) -> None:
    house.phone(cast.ana)
    now = utc_now()
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=now)
    expand(now=now)
    (row,) = waiting()
    assert now <= row.due_at <= now + timedelta(seconds=30)
    assert send_due(now=row.due_at - timedelta(milliseconds=1)) == 0
    assert send_due(now=row.due_at) == 1


def test_kinds_that_are_not_wanted_wake_nobody(house: House, cast: Cast) -> None:
    house.phone(cast.ana)
    want(cast.ana, kinds=frozenset({Kind.CHECKINS}))
    deliver(account=cast.ana.account, kind=Kind.CONTACTS, now=utc_now())
    house.work()
    assert (tokens(house), waiting()) == ([], [])
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    house.work()
    assert len(tokens(house)) == 1


def test_in_quiet_hours_it_waits_and_goes_once(house: House, cast: Cast) -> None:
    house.phone(cast.ana)
    want(cast.ana, quiet=parse_quiet(timezone="Europe/Amsterdam", start="22:00", end="08:00"))
    night = datetime(2030, 1, 10, 22, 30, tzinfo=UTC)  # 23:30 there
    for _ in range(3):
        deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=night)
        night = house.work(now=night)
    assert tokens(house) == []
    (row,) = waiting()
    morning = datetime(2030, 1, 11, 7, tzinfo=UTC)
    assert morning <= row.due_at <= morning + timedelta(seconds=30)
    house.work(now=morning)
    assert len(tokens(house)) == 1
    assert waiting() == []


def test_who_is_on_duty_is_called_in_quiet_hours_and_whatever_they_want(house: House, cast: Cast) -> None:
    house.phone(cast.max)
    want(cast.max, quiet=parse_quiet(timezone="Europe/Amsterdam", start="22:00", end="08:00"), kinds=frozenset())
    night = datetime(2030, 1, 10, 22, 30, tzinfo=UTC)
    wake_on_duty(account=cast.max.account.id, now=night)
    house.work(now=night)
    assert len(tokens(house)) == 1


# -- verdicts ---------------------------------------------------------------------------------------------------------


def test_an_address_that_is_gone_is_forgotten(house: House, cast: Cast) -> None:
    house.phone(cast.ana, "gone")
    house.fcm.answers["gone"] = [fcm_error(404, "NOT_FOUND", fcm="UNREGISTERED")]
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    house.work()
    assert (Device.objects.count(), waiting()) == (0, [])


def test_but_not_if_another_was_given_meanwhile(house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    house.phone(cast.ana, "gone")
    house.fcm.answers["gone"] = [fcm_error(404, "NOT_FOUND", fcm="UNREGISTERED")]
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    send = transports.send

    def send_and_change(pushes: Any) -> Any:
        found = send(pushes)
        if "fresh" not in tokens(house) and pushes[0].address.address == "gone":
            house.phone(cast.ana, "fresh")
        return found

    monkeypatch.setattr(transports, "send", send_and_change)
    later = house.work()
    house.work(now=later)
    assert tokens(house) == ["gone", "fresh"]
    assert Device.objects.count() == 1


@pytest.mark.parametrize(
    "answer",
    [fcm_error(403, "PERMISSION_DENIED", fcm="SENDER_ID_MISMATCH"), fcm_error(503, "UNAVAILABLE", after="600")],
)
def test_what_says_nothing_about_the_address_is_tried_again_until_its_time_is_over(
    house: House, cast: Cast, answer: Any
) -> None:
    house.phone(cast.ana, "phone")
    house.fcm.answers["phone"] = [answer] * 1000
    now = utc_now()
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=now)
    expand(now=now)
    pauses, last = [], now
    while rows := waiting():
        last, before = rows[0].due_at, last
        pauses.append(last - before)
        assert send_due(now=last) >= 1
    assert Device.objects.count() == 1
    assert 10 < len(tokens(house)) < 160
    assert pauses[-1] >= timedelta(minutes=10) if answer[1] else pauses[-1] >= timedelta(hours=1)
    assert last < now + TTL + timedelta(hours=1, minutes=1)


def test_a_message_that_is_refused_goes_and_the_address_stays(house: House, cast: Cast) -> None:
    house.phone(cast.ana, "phone")
    house.fcm.answers["phone"] = [fcm_error(400, "INVALID_ARGUMENT", field_="message.apns")]
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    house.work()
    assert (Device.objects.count(), waiting()) == (1, [])


# -- killed anywhere --------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize("where", ["_take", "send", "_settle"])
def test_killed_anywhere_it_is_pushed_and_at_most_once_more(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    house.phone(cast.ana)
    now = utc_now()
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=now)
    expand(now=now)

    def die(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    target = transports if where == "send" else sending
    with monkeypatch.context() as patch:
        patch.setattr(target, where, die)
        with pytest.raises(Killed):
            send_due(now=now + timedelta(seconds=31))
    assert send_due(now=now + timedelta(seconds=32)) == (1 if where == "_take" else 0)  # leased, else
    assert send_due(now=now + timedelta(minutes=3)) == (0 if where == "_take" else 1)
    assert len(tokens(house)) == (2 if where == "_settle" else 1)
    assert waiting() == []


def test_what_comes_while_it_is_sent_is_pushed_after_it(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.phone(cast.ana)
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    send = transports.send

    def send_and_more(pushes: Any) -> Any:
        found = send(pushes)
        if len(tokens(house)) == 1:
            deliver(account=cast.ana.account, kind=Kind.CONTACTS, now=utc_now())
            expand(now=utc_now())
        return found

    monkeypatch.setattr(transports, "send", send_and_more)
    later = house.work()
    house.work(now=later)
    assert len(tokens(house)) == 2


# -- with the session -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["revoke", "rotate", "lock"])
def test_an_ended_session_is_pushed_to_no_more(house: House, cast: Cast, end: str) -> None:
    other, _ = new_session(cast.ana.account)
    house.phone(Person(cast.ana.account, "", "", other), "other")
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    expand(now=utc_now())
    acts: dict[str, Callable[[], Any]] = {
        "revoke": lambda: revoke_session(by=cast.ana.account, session=other.id, now=utc_now()),
        "rotate": lambda: rotate_code(
            by=cast.ana.account, session=cast.ana.session, access_code=cast.ana.code, now=utc_now()
        ),
        "lock": lambda: lock_account(account=cast.ana.account, by=None, now=utc_now()),
    }
    acts[end]()
    assert (Device.objects.count(), Delivery.objects.count()) == (0, 0)
    house.work()
    assert tokens(house) == []


def test_who_has_not_come_for_a_month_is_pushed_to_all_the_same(house: House, cast: Cast) -> None:
    house.phone(cast.ana)
    Session.objects.filter(id=cast.ana.session.id).update(seen_on=(utc_now() - timedelta(days=90)).date())
    deliver(account=cast.ana.account, kind=Kind.CHECKINS, now=utc_now())
    house.work()
    assert len(tokens(house)) == 1


# -- messages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana)


def test_a_message_wakes_the_others_and_not_who_wrote_it(house: House, cast: Cast, room: Room) -> None:
    for person, token in ((cast.ana, "ana"), (cast.ben, "ben"), (cast.cleo, "cleo")):
        house.phone(person, token)
    house.work()
    house.fcm.got.clear()
    for _ in range(5):
        say(cast.ana, room.id)
    house.work()
    assert tokens(house) == ["ben"]
    head = Stream.objects.get(id=room.id)
    assert (Cursor.objects.get(stream_id=room.id).seq, head.unpushed) == (head.head, False)
    house.work()
    assert tokens(house) == ["ben"]


def test_quiet_and_blocks_count_when_it_is_sent(house: House, cast: Cast, room: Room) -> None:
    house.phone(cast.ben, "ben")
    house.work()
    house.fcm.got.clear()
    say(cast.ana, room.id)
    now = utc_now()
    expand(now=now)
    assert len(waiting()) == 1
    be_quiet(by=cast.ben.account, conversation=room.id, until=None, now=now)
    send_due(now=now + timedelta(seconds=31))
    assert (tokens(house), waiting()) == ([], [])
    Membership.objects.filter(account=cast.ben.account).update(quiet_until=None)
    say(cast.ana, room.id)
    expand(now=utc_now())
    mine = Membership.objects.get(conversation=room.id, account=cast.ana.account)
    block(by=cast.ben.account, membership=mine.id, now=utc_now())
    house.work()
    assert tokens(house) == []


def test_what_is_older_than_a_day_wakes_nobody(house: House, cast: Cast, room: Room) -> None:
    house.phone(cast.ben, "ben")
    say(cast.ana, room.id)
    house.work(now=utc_now() + TTL + timedelta(minutes=1))
    assert tokens(house) == []
