"""One batch of many sends: in order, each on its own, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.sessions import revoke_session
from backend.core.accounts.models import Session
from backend.core.db import write
from backend.core.errors import DomainError
from backend.core.pipeline import Rows
from backend.core.streams.append import append
from backend.core.streams.item import Batch
from backend.core.streams.models import Event, Stream
from messaging import errors, events
from messaging.accepting.batch import Accepted, Decision, Outcome, Send, decide
from messaging.actions import messages as actions
from messaging.models import Conversation, Membership, Message
from tests.asking import together
from tests.cast import Cast, Person
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana, cast.dora)


def told(room: Room, person: Person, body: str = "Hello", **given: Any) -> Send:
    return Send(
        **{
            "account": person.account.id,
            "session": person.session.id,
            "conversation": room.id,
            "client_id": uuid4(),
            "body": body,
            **given,
        }
    )


def take(*sends: Send, now: datetime = NOON) -> tuple[list[Outcome], list[Batch]]:
    """One batch, as the writer would take it."""
    with transaction.atomic():
        decision = actions.accept_batch(sends, now=now)
    return decision.outcomes, decision.batches


def codes(outcomes: Sequence[Outcome]) -> list[int | str]:
    return [outcome.seq if isinstance(outcome, Accepted) else getattr(outcome, "code", "held") for outcome in outcomes]


# -- order ------------------------------------------------------------------------------------------------------------


def test_many_at_once_keep_their_order_in_every_conversation(room: Room, cast: Cast) -> None:
    other = new_room(cast.ben, cast.ana)
    other.say(cast.ben)
    people = (cast.ana, cast.ben)
    sends = [told((room, other)[n % 2], people[n % 3 % 2], f"{n}") for n in range(200)]
    with CaptureQueriesContext(connection) as asked:
        outcomes, batches = take(*sends)
    assert len([query for query in asked if "POINT" not in query["sql"]]) == 3  # heads, facts, insert
    assert codes(outcomes[0::2]) == list(range(1, 101))
    assert codes(outcomes[1::2]) == list(range(2, 102))
    for there, first, after in ((room, 0, 0), (other, 1, 1)):
        (batch,) = (batch for batch in batches if batch.stream == there.id)
        assert (batch.after, batch.to) == (after, after + 100)
        assert batch.items is not None
        assert [orjson.loads(item.data)["body"] for item in batch.items] == [f"{n}" for n in range(first, 200, 2)]
        assert there.events(cast.ana, after) == [orjson.loads(item.data) for item in batch.items]
        assert there.head == after + 100


def test_what_is_rung_is_what_is_read(room: Room, cast: Cast) -> None:
    room.say(cast.ben)
    _, (batch,) = take(told(room, cast.ana, "Zoë ☕", reply_to=1))
    assert batch.items is not None
    assert [orjson.loads(item.data) for item in batch.items] == room.events(cast.ben, 1)
    (event,) = Event.objects.filter(stream_id=room.id, seq=2).values_list("kind", "ref", "number", "at")
    assert event == ("message.created", None, 2, NOON)


def test_time_never_runs_backwards_in_a_stream(room: Room, cast: Cast) -> None:
    for step in (0, -60, -3600, 5):
        take(told(room, cast.ana), told(room, cast.ben), now=NOON + timedelta(seconds=step))
    times = [row.sent_at for row in Message.objects.order_by("seq")]
    assert times == [NOON] * 6 + [NOON + timedelta(seconds=5)] * 2
    assert Stream.objects.get(id=room.id).at == times[-1]


# -- the same again ---------------------------------------------------------------------------------------------------


def test_doubles_in_a_batch_are_one_message(room: Room, cast: Cast) -> None:
    one = told(room, cast.ana)
    other = told(room, cast.ana, "Other", client_id=one.client_id)
    hers = told(room, cast.dora, client_id=one.client_id)
    outcomes, batches = take(one, one, other, hers, one)
    assert codes(outcomes) == [1, 1, "client_id_used", 2, 1]
    assert [outcome.again for outcome in outcomes if isinstance(outcome, Accepted)] == [False, True, False, True]
    assert [(batch.after, batch.to) for batch in batches] == [(0, 2)]
    again, nothing = take(one, other)
    assert codes(again) == [1, "client_id_used"]
    assert nothing == []
    assert (room.head, Message.objects.count()) == (2, 2)


def test_the_first_result_comes_whatever_has_changed_since(room: Room, cast: Cast) -> None:
    """An ack that got lost is found again by a sender who could not send any more."""
    one = told(room, cast.ana)
    take(one)
    room.change(cast.ana, muted_until=NOON + timedelta(hours=1))
    Conversation.objects.filter(id=room.id).update(closed_at=NOON)
    assert codes(take(one)[0]) == [1]


@pytest.mark.django_db(transaction=True)
def test_the_same_send_on_two_connections(room: Room, cast: Cast) -> None:
    sends = [told(room, cast.ana, f"{n}") for n in range(20)]
    results = together(lambda: take(*sends), lambda: take(*reversed(sends)), lambda: take(*sends[5:15]))
    assert not any(isinstance(result, DomainError) for result in results)
    assert Message.objects.count() == room.head == 20
    outcomes = [outcome for result in results if not isinstance(result, DomainError) for outcome in result[0]]
    assert sum(isinstance(outcome, Accepted) and not outcome.again for outcome in outcomes) == 20
    assert sorted(Event.objects.filter(stream_id=room.id).values_list("seq", flat=True)) == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_the_index_stands_behind_the_lock(room: Room, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the lock failed to hold, a send could not become two messages."""
    one = told(room, cast.ana)
    take(one)
    monkeypatch.setattr(actions, "decide", _decide_without_firsts)
    with pytest.raises(IntegrityError):
        take(one)
    assert Message.objects.count() == room.head == 1


def _decide_without_firsts(sends: Sequence[Send], answers: Sequence[Rows], **more: Any) -> Decision:
    """As if no send had been accepted before."""
    locked, found = answers
    return decide(sends, [locked, [(*row[:-4], None, None, None, None) for row in found]], **more)


# -- each on its own --------------------------------------------------------------------------------------------------


def test_a_bad_one_harms_nobody(room: Room, cast: Cast) -> None:
    ended, nowhere = new_room(cast.ben, cast.ana), Room(uuid4())
    Conversation.objects.filter(id=ended.id).update(closed_at=NOON)
    room.change(cast.dora, muted_until=NOON + timedelta(seconds=1))
    outcomes, batches = take(
        told(room, cast.ana),
        told(room, cast.cleo),
        told(nowhere, cast.ana),
        told(ended, cast.ana),
        told(room, cast.dora),
        told(room, cast.ana, reply_to=99),
        told(room, cast.ben),
    )
    assert codes(outcomes) == [1, "not_found", "not_found", "conversation_ended", "muted", "reply_unknown", 2]
    assert [(batch.stream, batch.after, batch.to) for batch in batches] == [(room.id, 0, 2)]
    assert codes(take(told(room, cast.dora), now=NOON + timedelta(seconds=1))[0]) == [3]


def test_a_batch_of_refusals_writes_nothing(room: Room, cast: Cast) -> None:
    outcomes, batches = take(told(room, cast.cleo), told(Room(uuid4()), cast.ana))
    assert codes(outcomes) == ["not_found", "not_found"]
    assert batches == []


def test_who_left_came_back_or_was_removed(room: Room, cast: Cast) -> None:
    room.leave(cast.ana)
    room.leave(cast.dora, "removed")
    assert codes(take(told(room, cast.ana), told(room, cast.dora))[0]) == ["not_found"] * 2
    room.join(cast.ana, "Another")
    outcomes, _ = take(told(room, cast.ana))
    assert isinstance(outcomes[0], Accepted)
    assert outcomes[0].sender.alias == "Another"


def test_an_ended_session_sends_nothing(room: Room, cast: Cast) -> None:
    short = told(room, cast.ben)
    Session.objects.filter(id=cast.ben.session.id).update(expires_at=NOON)
    assert codes(take(short, now=NOON - timedelta(seconds=1))[0]) == [1]
    assert codes(take(short, told(room, cast.ben))[0]) == ["not_found"] * 2
    revoke_session(by=cast.ana.account, session=cast.ana.session.id, now=NOON)
    stolen = told(room, cast.ana, session=cast.dora.session.id)  # somebody else's session
    unknown = told(room, cast.ana, session=uuid4())
    assert codes(take(told(room, cast.ana), stolen, unknown, told(room, cast.dora))[0]) == ["not_found"] * 3 + [2]


def test_a_locked_account_sends_nothing(room: Room, cast: Cast) -> None:
    lock_account(account=cast.ana.account, by=None, now=NOON)
    Session.objects.filter(account=cast.ana.account).update(revoked_at=None)  # the lock alone is enough
    assert codes(take(told(room, cast.ana))[0]) == ["not_found"]


# -- slow mode and opening hours --------------------------------------------------------------------------------------


def test_slow_mode_counts_inside_a_batch(cast: Cast) -> None:
    room = new_room(cast.ben, cast.ana, cast.dora, slow_mode_s=30)
    a = told(room, cast.ana)
    outcomes, _ = take(a, told(room, cast.ana), a, told(room, cast.dora), told(room, cast.ben), told(room, cast.ben))
    assert codes(outcomes) == [1, "slow_mode", 1, 2, 3, 4]  # the same again is no second message
    assert isinstance(outcomes[1], errors.SlowMode)
    assert outcomes[1].retry_after == 30
    for seconds, expected in ((29.9, "slow_mode"), (30, 5), (59.9, "slow_mode"), (60, 6)):
        outcomes, _ = take(told(room, cast.ana), now=NOON + timedelta(seconds=seconds))
        assert codes(outcomes) == [expected]


def test_slow_mode_follows_the_time_that_is_told(cast: Cast) -> None:
    """After the clock was set back, the pause begins at the message's own time."""
    room = new_room(cast.ben, cast.ana, slow_mode_s=30)
    take(told(room, cast.ben))
    take(told(room, cast.ana), now=NOON - timedelta(minutes=10))
    assert codes(take(told(room, cast.ana), now=NOON + timedelta(seconds=29))[0]) == ["slow_mode"]
    assert codes(take(told(room, cast.ana), now=NOON + timedelta(seconds=30))[0]) == [3]


def test_opening_hours(cast: Cast) -> None:
    hours = {"timezone": "Europe/Amsterdam", "days": {"mon": [["18:00", "22:00"]]}}
    room = new_room(cast.ben, cast.ana, opening_hours=hours)
    evening = NOON.replace(hour=17)  # 18:00 in Amsterdam
    assert codes(take(told(room, cast.ana), told(room, cast.ben))[0]) == ["group_closed_now", 1]
    assert codes(take(told(room, cast.ana), now=evening - timedelta(seconds=1))[0]) == ["group_closed_now"]
    assert codes(take(told(room, cast.ana), now=evening)[0]) == [2]


# -- beside other writes ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_mute_and_a_slow_send_do_not_wait_for_each_other(cast: Cast) -> None:
    """Who changes a membership locks its row first and the head last; a send holds the head. Neither may need both."""
    room = new_room(cast.ben, cast.ana, slow_mode_s=1)
    mine = room.of(cast.ana).id
    locked, accepted = threading.Event(), threading.Event()
    faults: list[BaseException] = []

    @write
    def mute() -> None:
        there = Membership.objects.select_for_update().get(id=mine)
        locked.set()
        accepted.wait(5)
        there.muted_until = NOON + timedelta(hours=1)
        there.save()
        append(stream=room.id, kind=events.MEMBERSHIP_CHANGED, ref=mine, at=NOON)

    def run() -> None:
        try:
            mute()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert locked.wait(5)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '3s'")
    try:
        assert room.say(cast.ana).seq == 1  # before the mute: its head comes first
    finally:
        accepted.set()
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    assert faults == []
    assert codes(take(told(room, cast.ana), now=NOON + timedelta(seconds=5))[0]) == ["muted"]


@pytest.mark.django_db(transaction=True)
def test_sends_and_other_writes_leave_no_gap(room: Room, cast: Cast) -> None:
    def write_some(person: Person) -> list[UUID]:
        made = []
        for n in range(15):
            made.append(room.say(person, f"{n}").id)
            seq = Message.objects.filter(message_id=made[-1]).values_list("seq", flat=True)[0]
            actions.react(by=person.account, conversation=room.id, seq=seq, key="hug", now=NOON)
        return made

    results = together(*[lambda p=person: write_some(p) for person in (cast.ana, cast.ben, cast.dora)])
    assert not any(isinstance(result, DomainError) for result in results)
    rows = Event.objects.filter(stream_id=room.id).order_by("seq").values_list("seq", flat=True)
    assert list(rows) == list(range(1, 91))
    assert room.head == 90
