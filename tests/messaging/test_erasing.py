"""What others still see of somebody who has erased their account: no word, no name, and each place by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.erasure.actions.running import SPREAD, run_erasures
from backend.core.erasure.models import Piece
from backend.core.errors import NotFound
from messaging.actions import blocks, direct
from messaging.actions.memberships import leave
from messaging.actions.messages import edit_message, react
from messaging.errors import NoSuchConversation
from messaging.models import (
    AdmissionRequest,
    Block,
    Conversation,
    HeldMessage,
    Membership,
    Message,
    MessageVersion,
    Reaction,
)
from tests.asking import refused, together
from tests.cast import Cast, Person
from tests.core.erased import erase, lines_with, run_all
from tests.messaging.circle import Circle, new_circle
from tests.messaging.rooms import NOON
from tests.messaging.test_dump import found

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
WORDS = ("kanariegeel", "zonnebloem", "waterkant")
DAY = timedelta(hours=24)


@pytest.fixture
def circles(cast: Cast) -> list[Circle]:
    made = [new_circle(cast.ben, title=f"Group {n}") for n in range(3)]
    for n, circle in enumerate(made):
        circle.admit(cast.ana, alias=f"Kanarie {n}")
        circle.admit(cast.dora)
        circle.say(cast.ana, WORDS[n])
    return made


def test_each_place_at_a_time_of_its_own(cast: Cast, circles: list[Circle], client_of: Client) -> None:
    heads = [circle.head for circle in circles]
    begin_erasure(account=cast.ana.account.id, now=NOON)
    run_erasures(now=NOON)
    assert [circle.head for circle in circles] == heads, "nothing shows at once"
    with pytest.raises(NoSuchConversation):
        circles[0].say(cast.ana)
    drawn = sorted(Piece.objects.values_list("due_at", flat=True))
    assert len(set(drawn)) == 3
    assert all(NOON < at < NOON + SPREAD < NOON + DAY for at in drawn)
    for n, at in enumerate(drawn):
        run_erasures(now=at)
        told = [
            event["type"]
            for circle, head in zip(circles, heads, strict=True)
            for event in circle.events(cast.dora, head)
        ]
        assert told == ["membership.changed", "membership.erased"] * (n + 1)
    assert not Account.objects.filter(id=cast.ana.account.id).exists()


def test_after_the_worker_was_away_not_all_at_once(cast: Cast, circles: list[Circle]) -> None:
    begin_erasure(account=cast.ana.account.id, now=NOON)
    run_erasures(now=NOON)
    late = NOON + 2 * DAY
    run_erasures(now=late)
    rest = sorted(Piece.objects.values_list("due_at", flat=True))
    assert len(set(rest)) == 2
    assert all(late < at < late + timedelta(hours=1) for at in rest)


def test_what_they_said_is_gone_and_what_others_said_is_not(
    cast: Cast, circles: list[Circle], client_of: Client
) -> None:
    first = circles[0]
    seq = first.say(cast.ana, "eerst zo")
    edit_message(by=cast.ana.account, conversation=first.id, seq=seq, body="dan anders", now=NOON)
    other = first.say(cast.dora, "dora blijft")
    for person, number in ((cast.ana, other), (cast.dora, seq)):
        react(by=person.account, conversation=first.id, seq=number, key="heart", now=NOON)
    mine = [circle.of(cast.ana) for circle in circles]
    aliases = [there.alias for there in mine]
    erase(cast.ana, now=NOON)
    assert found(*WORDS, "eerst zo", "dan anders", *aliases) == []
    rows = Message.objects.filter(membership__in=mine)
    assert {(row.body, bytes(row.tag), row.first_tag) for row in rows} == {(None, b"", None)}
    assert all(row.retracted_at is not None for row in rows)
    assert not MessageVersion.objects.exists()
    assert not Reaction.objects.exists()
    left = Membership.objects.filter(id__in=[there.id for there in mine])
    assert {(row.account, row.alias, row.alias_key, row.avatar_key, row.state) for row in left} == {
        (None, "", "", "", "left")
    }
    told = client_of(cast.dora).get(f"{first.talk_url}/messages").json()["items"]
    assert [message["body"] for message in told] == [None, None, "dora blijft"]
    assert told[0]["sender"] == {"membership": str(mine[0].id), "alias": "", "avatar_key": "", "peer": None}
    assert told[2]["reactions"] == []


def test_nothing_joins_two_memberships(cast: Cast, circles: list[Circle]) -> None:
    """No value that is rare stands beside both."""
    mine = [circle.of(cast.ana).id for circle in circles]
    erase(cast.ana, now=NOON)
    seen: list[set[object]] = []
    with connection.cursor() as cursor:
        for there in mine:
            cursor.execute("SELECT * FROM messaging_membership WHERE id = %s", [there])
            seen.append({value for value in cursor.fetchone() if value not in (None, "", 0, False, "left", "member")})
    for n, one in enumerate(seen):
        for other in seen[n + 1 :]:
            assert all(isinstance(value, int) for value in one & other), one & other
    assert not {str(there) for there in mine} & {
        word for line in lines_with(cast.ana.account.id) for word in line.strip("()").split(",")
    }


def test_also_of_what_was_left_long_ago(cast: Cast, circles: list[Circle]) -> None:
    """Who came back has two memberships there; they go at two times."""
    first = circles[0]
    old = first.of(cast.ana)
    leave(by=cast.ana.account, conversation=first.id, now=NOON)
    first.admit(cast.ana)
    begin_erasure(account=cast.ana.account.id, now=NOON)
    run_erasures(now=NOON)
    assert Piece.objects.filter(ref__in=[old.id, first.of(cast.ana).id]).values("due_at").distinct().count() == 2
    run_all(now=NOON)
    assert found(WORDS[0]) == []
    old.refresh_from_db()
    assert (old.account, old.alias) == (None, "")


def test_a_direct_talk_ends_as_by_leaving(cast: Cast, circles: list[Circle], client_of: Client) -> None:
    talk = direct.open_direct(by=cast.ana.account, peer=cast.peer.id, alias="Zilver", now=NOON)
    erase(cast.ana, now=NOON)
    assert Conversation.objects.get(id=talk.id).closed_at is not None
    there = client_of(cast.ben).get(f"/api/v1/conversations/{talk.id}").json()
    assert there["others"] == []
    assert found("Zilver") == []


def test_who_led_leaves_the_group_to_somebody_else(cast: Cast, circles: list[Circle], client_of: Client) -> None:
    erase(cast.ben, now=NOON)
    there = client_of(cast.dora).get(circles[0].url).json()
    assert there["closes_at"] is not None
    assert found("Ben") == [] or all("Ben" not in line for line in lines_with("messaging"))


def test_blocks_go_and_who_saw_nothing_reads_anew(cast: Cast, circles: list[Circle], client_of: Client) -> None:
    first = circles[0]
    mine = first.of(cast.ana)
    blocks.block(by=cast.dora.account, membership=mine.id, now=NOON)
    head = first.head
    erase(cast.ana, now=NOON)
    assert not Block.objects.exists()
    assert [event["type"] for event in first.events(cast.dora, head)][-1] == "conversation.reset"
    with pytest.raises(NotFound):
        blocks.block(by=cast.dora.account, membership=mine.id, now=NOON)
    blocks.unblock(by=cast.dora.account, membership=mine.id, now=NOON)
    refused(client_of(cast.dora).put(f"/api/v1/blocks/{mine.id}"), 404, "not_found")


def test_a_request_to_join_goes_at_a_time_of_its_own(cast: Cast, circles: list[Circle]) -> None:
    circles[0].ask(cast.cleo, "Schelp")
    circles[1].ask(cast.cleo, "Kiezel")
    begin_erasure(account=cast.cleo.account.id, now=NOON)
    run_erasures(now=NOON)
    assert AdmissionRequest.objects.filter(state="asked").count() == 2
    drawn = sorted(Piece.objects.values_list("due_at", flat=True))
    assert len(set(drawn)) == 2
    run_erasures(now=drawn[0])
    assert AdmissionRequest.objects.filter(state="asked").count() == 1
    run_all(now=drawn[0])
    assert not AdmissionRequest.objects.filter(account=cast.cleo.account.id).exists()
    assert found("Schelp", "Kiezel") == []


def test_what_waits_for_a_person_waits_no_more(cast: Cast) -> None:
    circle = new_circle(cast.ben, premoderation={"first_messages": 2, "words": False})
    mine = circle.admit(cast.ana)
    HeldMessage.objects.create(
        conversation_id=circle.id,
        membership=mine,
        client_id=mine.id,
        body=b"x",
        tag=b"y",
        held_at=NOON,
        due_at=NOON,
    )
    erase(cast.ana, now=NOON)
    assert not HeldMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_erased_while_they_send(cast: Cast) -> None:
    """Whatever comes first: nothing that they said is left."""
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    begin: Callable[[], object] = lambda: begin_erasure(account=cast.ana.account.id, now=NOON)  # noqa: E731
    say: Callable[[], object] = lambda: circle.say(cast.ana, WORDS[0])  # noqa: E731
    together(begin, say, say)
    run_erasures(now=NOON)
    (at,) = Piece.objects.values_list("due_at", flat=True)
    together(lambda: run_erasures(now=at), say)
    run_all(now=at)
    assert not Account.objects.filter(id=cast.ana.account.id).exists()
    assert not Message.objects.filter(body__isnull=False).exists()
