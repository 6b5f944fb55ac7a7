"""Nobody takes along what others said, or what would tell who they are elsewhere: people talk, each takes theirs along.

Every text has a word of its own; who wrote it has it in their file, as it stands at the end, and nobody else.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.core.accounts.models import Account, Role, Session
from backend.core.sealing import datakeys
from messaging.accepting.batch import Send
from messaging.actions import blocks, direct, hiding, memberships, messages
from messaging.actions import held as waiting
from messaging.models import HeldMessage, Membership, Message
from tests.cast import Cast
from tests.exports.along import file_of, raw_of
from tests.messaging.circle import Circle, new_circle
from tests.messaging.rooms import NOON
from tests.moderation.house import new_house

pytestmark = pytest.mark.django_db

CANARY = re.compile(r"kanarie-[a-z]+-\d+")


class Village:
    """Two groups and talks with ben; ana, cleo and dora come and go, each with another alias in each place."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.chance = cast, random.Random(seed)
        self.people = {"ana": cast.ana, "ben": cast.ben, "cleo": cast.cleo, "dora": cast.dora}
        self.circles = [new_circle(cast.ben, title=title) for title in ("Evenings", "Mornings")]
        self.words: dict[str, dict[tuple[UUID, int], str]] = {name: {} for name in self.people}
        self.aliases: dict[str, set[str]] = {name: set() for name in self.people}
        self.count = 0
        for name in ("ana", "cleo", "dora"):
            for circle in self.circles:
                self.join(name, circle)
            talk = direct.open_direct(by=self.people[name].account, peer=cast.peer.id, alias=self.alias(name), now=NOON)
            self.say(name, talk.id)
            self.say("ben", talk.id)

    def alias(self, name: str) -> str:
        self.count += 1
        alias = f"Vogel {name} {self.count}"
        self.aliases[name].add(alias)
        return alias

    def word(self, name: str) -> str:
        self.count += 1
        return f"kanarie-{name}-{self.count}"

    def join(self, name: str, circle: Circle) -> None:
        circle.admit(self.people[name], self.alias(name), answer=self.word(name))  # gone with the decision

    def of(self, name: str, place: UUID) -> Membership | None:
        return Membership.objects.filter(conversation=place, account=self.people[name].account, state="active").first()

    def say(self, name: str, place: UUID, reply_to: int | None = None) -> None:
        person, word = self.people[name], self.word(name)
        sent = messages.send_message(
            by=person.account,
            session=person.session,
            conversation=place,
            client_id=uuid4(),
            body=f"I say {word}",
            reply_to=reply_to,
            now=NOON,
        )
        self.words[name][place, sent.seq] = word

    def live(self, steps: int) -> None:
        for _ in range(steps):
            name, circle = self.chance.choice(list(self.people)), self.chance.choice(self.circles)
            if self.of(name, circle.id) is None:
                self.join(name, circle)
                continue
            seqs = list(Message.objects.filter(conversation_id=circle.id).values_list("seq", flat=True))
            self.chance.choice((self.speak, self.speak, self.edit, self.retract, self.react, self.hide, self.leave))(
                name, circle, seqs
            )

    def speak(self, name: str, circle: Circle, seqs: list[int]) -> None:
        mine = self.of(name, circle.id)
        assert mine is not None
        seen = [seq for seq in seqs if seq >= mine.visible_from]
        self.say(name, circle.id, self.chance.choice(seen) if seen and self.chance.random() < 0.5 else None)

    def own(self, name: str, circle: Circle) -> int | None:
        mine = self.of(name, circle.id)
        found = Message.objects.filter(membership=mine, retracted_at=None, hidden_at=None)
        seqs = list(found.values_list("seq", flat=True))
        return self.chance.choice(seqs) if seqs else None

    def edit(self, name: str, circle: Circle, seqs: list[int]) -> None:
        if (seq := self.own(name, circle)) is not None:
            word = self.words[name][circle.id, seq] = self.word(name)
            messages.edit_message(
                by=self.people[name].account, conversation=circle.id, seq=seq, body=f"No, {word}", now=NOON
            )

    def retract(self, name: str, circle: Circle, seqs: list[int]) -> None:
        if (seq := self.own(name, circle)) is not None:
            del self.words[name][circle.id, seq]
            messages.retract_message(by=self.people[name].account, conversation=circle.id, seq=seq, now=NOON)

    def react(self, name: str, circle: Circle, seqs: list[int]) -> None:
        mine = self.of(name, circle.id)
        assert mine is not None
        seen = Message.objects.filter(conversation_id=circle.id, seq__gte=mine.visible_from, retracted_at=None)
        if there := seen.filter(hidden_at=None).order_by("?").first():
            messages.react(by=self.people[name].account, conversation=circle.id, seq=there.seq, key="hug", now=NOON)

    def hide(self, name: str, circle: Circle, seqs: list[int]) -> None:
        if (seq := self.own(name, circle)) is not None:
            hiding.hide_message(conversation=circle.id, seq=seq, now=NOON)

    def leave(self, name: str, circle: Circle, seqs: list[int]) -> None:
        if name != "ben":
            memberships.leave(by=self.people[name].account, conversation=circle.id, now=NOON)


@pytest.mark.parametrize("seed", range(4))
def test_each_takes_their_own_words_along_and_nobody_elses(cast: Cast, seed: int) -> None:
    village = Village(cast, seed)
    village.live(60)
    assert Message.objects.filter(hidden_at__isnull=False).exists()
    for name, person in village.people.items():
        raw = raw_of(person).decode()
        assert sorted(CANARY.findall(raw)) == sorted(village.words[name].values()), name
        for other in set(village.people) - {name}:
            assert not [alias for alias in village.aliases[other] if alias in raw], (name, other)
        _holds_no_ids_of_people(raw)


def _holds_no_ids_of_people(raw: str) -> None:
    """Nor one's own: no id in the file names anybody."""
    for model in (Account, Role, Session, Membership):
        for id_ in model._default_manager.values_list("id", flat=True):
            assert str(id_) not in raw, model
            assert id_.hex not in raw, model
    for inbox in Account.objects.values_list("inbox", flat=True):
        assert str(inbox) not in raw


def test_what_a_decision_hid_its_author_takes_along_and_nobody_else(cast: Cast) -> None:
    house = new_house(cast)
    dora = house.seq
    house.decide(house.hide())
    assert Message.objects.get(seq=dora).hidden_at is not None
    (own,) = file_of(cast.dora)["parts"]["messages"]
    assert (own["body"], own["hidden"]) == ("Kanarie: I know where you live", True)
    for person in (cast.ana, cast.ben, cast.cleo, cast.max, cast.lea, house.mia):
        assert "where you live" not in raw_of(person).decode()


def test_nobody_learns_who_reported_or_decided(cast: Cast) -> None:
    house = new_house(cast)
    case = house.claimed(note="Kanarie of the reporter")
    house.decide(house.hide(), case=case.id, now=NOON)
    raw = raw_of(cast.dora).decode()
    for alias in Membership.objects.exclude(account=cast.dora.account).values_list("alias", flat=True):
        assert alias == "Ben" or alias not in raw
    assert "Kanarie of the reporter" not in raw
    assert not file_of(cast.dora)["parts"]["reports"]
    assert len(file_of(cast.ana)["parts"]["reports"]) == 1


def test_whom_one_blocked_and_who_blocked_one_is_not_told(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    ana, dora = circle.admit(cast.ana, "Quiet River"), circle.admit(cast.dora, "Wide Field")
    blocks.block(by=cast.ana.account, membership=dora.id, now=NOON)
    told = file_of(cast.ana)
    assert told["parts"]["blocks"] == [
        {"conversation": str(circle.id), "made_at": NOON.isoformat().replace("+00:00", "Z")}
    ]
    assert "Wide Field" not in raw_of(cast.ana).decode()
    assert file_of(cast.dora)["parts"]["blocks"] == []
    assert ana.alias not in raw_of(cast.dora).decode()


def test_held_messages_are_their_authors(cast: Cast) -> None:
    circle = new_circle(cast.ben, premoderation={"first_messages": 3, "words": False})
    circle.admit(cast.dora)
    held = messages.send_or_hold(
        send=Send(
            account=cast.dora.account.id,
            session=cast.dora.session.id,
            conversation=circle.id,
            client_id=uuid4(),
            body="Kanarie that waits",
            reply_to=None,
        ),
        now=NOON,
    )
    assert isinstance(held, HeldMessage)
    waiting.return_held(role=cast.peer, group=circle.id, held=held.id, version=1, word="Kanarie of ben", now=NOON)
    (own,) = file_of(cast.dora)["parts"]["held_messages"]
    assert (own["body"], own["state"], own["newcomer"]) == ("Kanarie that waits", "returned", True)
    assert "of ben" not in raw_of(cast.dora).decode()
    assert "Kanarie" not in raw_of(cast.ben).decode()


def test_no_key_hash_or_token_is_in_it(cast: Cast) -> None:
    raw = raw_of(cast.ana).decode().lower()
    there = Account.objects.get(id=cast.ana.account.id)
    for secret in (bytes(there.code_hash), *map(bytes, Session.objects.values_list("token_hash", flat=True))):
        for form in _forms(secret):
            assert form.lower() not in raw
    assert cast.ana.token.lower() not in raw
    assert not [word for word in cast.ana.code.lower().split() if f'"{word}"' in raw]


def _forms(secret: bytes) -> Iterator[str]:
    yield secret.hex()
    yield base64.b64encode(secret).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret).decode().rstrip("=")


def test_what_cannot_be_opened_does_not_hold_up_the_rest(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    circle.say(cast.ana, "Kanarie")
    other = new_circle(cast.ben, title="Another")
    other.admit(cast.ana)
    other.say(cast.ana, "Heard")
    datakeys.destroy_key(circle.id)
    told: list[Any] = file_of(cast.ana)["parts"]["messages"]
    assert sorted((row["body"] or "") for row in told) == ["", "Heard"]
