"""For every type of event: a snapshot, something happens, the events on top of the snapshot are a fresh snapshot.

For everybody concerned: a member, who leads, somebody with a block, a newcomer, and who has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import change_locale, lock_account, unlock_account
from backend.core.accounts.actions.recoveries import ask_recovery, confirm_recovery
from backend.core.accounts.actions.recovery_settings import name_helpers
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.actions.sessions import revoke_other_sessions, revoke_session
from backend.core.accounts.models import Account
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.erasure.actions.running import run_erasures
from backend.core.exports.actions.asking import ask_export
from backend.core.exports.actions.making import make_due
from backend.core.streams import registry
from messaging.accepting.batch import Send
from messaging.actions import admissions, blocks, direct, dormancy, groups, held, hiding, leading, memberships, messages
from messaging.models import HeldMessage, Membership, Message
from peers.journeys.actions import lines
from peers.journeys.models import Entry, Goal
from peers.referrals.actions.ending import lapse_due
from peers.referrals.actions.receiving import accept_referral
from tests.cast import Cast, Person, new_peer, new_person, new_session, utc_now
from tests.messaging.replay import Phone, Told
from tests.messaging.rooms import NOON
from tests.moderation import happenings as looked_at
from tests.peers import asked, happenings, matched
from tests.peers.referring import send

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
LATER = NOON + timedelta(hours=1)


class World:
    """A group that ben leads: ana and dora since the start, cleo since later; dora has a block with ana.

    rosa leads another one; ana has a direct talk with ben; max only looks on.
    """

    def __init__(self, cast: Cast) -> None:
        self.ana, self.ben, self.cleo, self.dora, self.max = cast.ana, cast.ben, cast.cleo, cast.dora, cast.max
        self.cast = cast
        self.group = groups.create_group(by=self.ben.account, title="Side by side", now=NOON).pk
        for person in (self.ana, self.dora):
            self.admit(person)
        for person, text in ((self.ana, "one"), (self.ben, "two"), (self.dora, "three"), (self.ana, "four")):
            self.say(person, text)
        self.first, self.second, self.third, self.last = self.seqs
        messages.edit_message(by=self.ana.account, conversation=self.group, seq=self.first, body="One", now=NOON)
        self.react(self.ben, self.first, "hug")
        self.react(self.dora, self.second, "yes")
        messages.retract_message(by=self.ana.account, conversation=self.group, seq=self.last, now=NOON)
        self.admit(self.cleo)
        self.say(self.cleo, "five")
        self.say(self.ana, "six")
        blocks.block(by=self.dora.account, membership=self.mine(self.ana).id, now=NOON)
        talk = direct.open_direct(by=self.ana.account, peer=cast.peer.id, alias=None, now=NOON)
        self.talk = talk.id
        self.say(self.ana, "Hello", self.talk)
        messages.mark_read(by=self.ben.account.id, conversation=self.group, seq=self.second, now=NOON)

    @property
    def viewers(self) -> dict[str, Person]:
        """Whose snapshots are compared."""
        return {"ana": self.ana, "ben": self.ben, "cleo": self.cleo, "dora": self.dora, "max": self.max}

    @property
    def seqs(self) -> list[int]:
        return list(Message.objects.filter(conversation_id=self.group).order_by("seq").values_list("seq", flat=True))

    def mine(self, person: Person, conversation: UUID | None = None) -> Membership:
        found = Membership.objects.filter(conversation=conversation or self.group, account=person.account)
        return found.get(state="active")

    def ask(self, person: Person, group: UUID | None = None) -> UUID:
        return admissions.ask_admission(by=person.account, group=group or self.group, now=NOON).id

    def admit(self, person: Person) -> None:
        admissions.accept_request(by=self.ben.account, request=self.ask(person), now=NOON)

    def say(self, person: Person, body: str, conversation: UUID | None = None) -> int:
        return messages.send_message(
            by=person.account,
            session=person.session,
            conversation=conversation or self.group,
            client_id=uuid4(),
            body=body,
            now=LATER,
        ).seq

    def edit(self, person: Person, seq: int, body: str) -> None:
        messages.edit_message(by=person.account, conversation=self.group, seq=seq, body=body, now=LATER)

    def retract(self, person: Person, seq: int) -> None:
        messages.retract_message(by=person.account, conversation=self.group, seq=seq, now=LATER)

    def hide(self, seq: int) -> None:
        hiding.hide_message(conversation=self.group, seq=seq, now=LATER)

    def restore(self, seq: int) -> None:
        hiding.restore_message(conversation=self.group, seq=seq, now=LATER)

    def react(self, person: Person, seq: int, key: str) -> None:
        messages.react(by=person.account, conversation=self.group, seq=seq, key=key, now=LATER)

    def unreact(self, person: Person, seq: int, key: str) -> None:
        messages.unreact(by=person.account, conversation=self.group, seq=seq, key=key, now=LATER)

    def change(self, person: Person, **changes: Any) -> None:
        member = self.mine(person).id
        memberships.change_member(by=self.ben.account, group=self.group, membership=member, changes=changes, now=LATER)

    def describe(self, **changes: Any) -> None:
        groups.edit_group(by=self.ben.account, group=self.group, changes=changes, check=lambda version: None, now=LATER)

    def remove(self, person: Person) -> None:
        member = self.mine(person).id
        memberships.remove_member(by=self.ben.account, group=self.group, membership=member, now=LATER)

    def lock(self, person: Person) -> None:
        lock_account(account=person.account, by=None, now=LATER)
        dormancy.show_due(now=LATER + timedelta(days=1))
        dormancy.show_due(now=LATER + timedelta(days=2))

    def lead_with_cleo(self) -> None:
        """cleo becomes a peer expert, asks as one into the group and helps to lead it."""
        memberships.leave(by=self.cleo.account, conversation=self.group, now=LATER)
        new_peer(self.cleo, organisation=self.cast.organisation, alias="Cleo")
        asked = admissions.ask_admission(by=self.cleo.account, group=self.group, as_peer=True, now=LATER)
        admissions.accept_request(by=self.ben.account, request=asked.id, now=LATER)
        self.change(self.cleo, part="lead")


def come_back(world: World) -> None:
    """dora leaves, something is said, she comes back under another alias, and what was said before is edited."""
    memberships.leave(by=world.dora.account, conversation=world.group, now=LATER)
    world.say(world.ben, "While she is away")
    world.admit(world.dora)
    world.edit(world.ben, world.second, "Two!")
    world.say(world.ana, "Hidden from her")
    world.say(world.dora, "Back again")


def admit_max(world: World) -> None:
    world.admit(world.max)
    world.edit(world.ana, world.first, "ONE")
    world.react(world.ben, world.first, "heart")
    world.say(world.max, "Hello, I am new")
    world.react(world.ben, world.seqs[-1], "heart")


def admit_max_to_earlier_talk(world: World) -> None:
    world.describe(shows_earlier=True)
    world.say(world.ana, "To be seen by who comes later")
    world.react(world.cleo, world.seqs[-1], "heart")
    world.admit(world.max)


def talk_directly(world: World) -> None:
    talk = direct.open_direct(by=world.cleo.account, peer=world.cast.peer.id, alias=None, now=LATER)
    world.say(world.cleo, "Hello", talk.id)
    world.say(world.ben, "Hello", talk.id)


def block_ben(world: World) -> None:
    """Which closes the direct talk too."""
    blocks.block(by=world.ana.account, membership=world.mine(world.ben).id, now=LATER)
    world.say(world.ben, "Not for ana")


def block_and_unblock(world: World) -> None:
    named = world.mine(world.cleo).id
    blocks.block(by=world.ben.account, membership=named, now=LATER)
    world.say(world.cleo, "Not for ben yet")
    blocks.unblock(by=world.ben.account, membership=named, now=LATER)


def unblock_ana(world: World) -> None:
    blocks.unblock(by=world.dora.account, membership=world.mine(world.ana).id, now=LATER)
    world.say(world.ana, "Seen again")


def revoke(world: World) -> None:
    session, _ = new_session(world.ana.account)
    revoke_session(by=world.ana.account, session=session.id, now=LATER)


def revoke_others(world: World) -> None:
    for _ in range(2):
        new_session(world.dora.account)
    revoke_other_sessions(by=world.dora.account, keep=world.dora.session, now=LATER)


def describe_and_close(world: World) -> None:
    world.describe(title="Beside each other", slow_mode_s=60, languages=["nl", "en"])
    groups.close_group(by=world.ben.account, group=world.group, now=LATER)


def decide(world: World) -> None:
    stranger = new_person()
    request = world.ask(stranger)
    admissions.decline_request(by=world.ben.account, request=request, now=LATER)
    admissions.withdraw_request(by=world.max.account, request=world.ask(world.max), now=LATER)
    world.ask(world.max)


Act = Callable[[World], object]


def steps(*acts: Act) -> Act:
    """One after the other."""

    def act(world: World) -> None:
        for one in acts:
            one(world)

    return act


def leave(person: str, *, talk: bool = False) -> Act:
    """That person leaves the group, or the direct talk."""
    return lambda w: memberships.leave(
        by=w.viewers[person].account, conversation=w.talk if talk else w.group, now=LATER
    )


def journey(world: World) -> None:
    """Two lines and a goal; one is changed, one removed."""
    ana = world.ana.account
    first, _ = lines.write_line(Entry, by=ana, words={"text": "One"}, now=LATER)
    lines.write_line(Goal, by=ana, words={"text": "Two", "directions": ["inside"]}, now=LATER)
    gone, _ = lines.write_line(Entry, by=ana, words={"text": "Three"}, now=LATER)
    lines.change_line(Entry, by=ana, line=first.id, changes={"text": "Uno"}, check=lambda version: None, now=LATER)
    lines.remove_line(Entry, by=ana, line=gone.id, now=LATER)


def recover(world: World) -> None:
    """Both helpers of cleo have heard from her."""
    cleo, helpers = world.cleo, (world.cast.peer, world.cast.coordinator)
    named, said = [role.id for role in helpers], "the lamp at the old mill"
    name_helpers(by=cleo.account, helpers=named, phrase_said=said, access_code=cleo.code, now=utc_now())
    number = ask_recovery(now=utc_now()).recovery.number
    for role in helpers:
        confirm_recovery(by=role.account, number=number, phrase_said=said, now=utc_now())


def take_along(world: World) -> None:
    """ana asks for her data, and it is made."""
    ask_export(by=world.ana.account, access_code=world.ana.code, now=LATER)
    while make_due(now=LATER):
        pass


def refer(world: World) -> None:
    """Two to olga's organisation, of which she accepts one."""
    first, _ = [send(world.cast, "Please call me Ana", now=LATER) for _ in range(2)]
    given: dict[str, Any] = {"person": "Joke", "first_on": LATER.date() + timedelta(days=2)}
    accept_referral(role=world.cast.coordinator, referral=first.id, **given, now=LATER)


def lapse(world: World) -> None:
    """The other one is too old by then."""
    lapse_due(now=LATER + timedelta(days=40))


def stop_leading(world: World) -> None:
    """ben is no peer expert any more."""
    end_role(account=world.ben.account, kind="peer_expert", by=None, now=LATER)


def take_over(world: World) -> None:
    """cleo is there as a peer expert, too; max asks to join while nobody leads it."""
    world.lead_with_cleo()
    world.change(world.cleo, part="member")
    stop_leading(world)
    world.ask(world.max)
    leading.take_lead(by=world.cleo.account, group=world.group, now=LATER)


def hold(world: World, *people: Person) -> list[UUID]:
    """ben asks to see the first two messages of newcomers, and what looks like a way out; ana has been there before."""
    world.describe(premoderation={"first_messages": 2, "words": True})
    found = []
    for person in people:
        send = Send(person.account.id, person.session.id, world.group, uuid4(), "Call me: 06 12 34 56 78")
        there = messages.send_or_hold(send=send, now=LATER)
        assert isinstance(there, HeldMessage)
        found.append(there.id)
    return found


def release(world: World, held_id: UUID, version: int = 1) -> None:
    given: dict[str, Any] = {"role": world.cast.peer, "group": world.group, "held": held_id}
    held.release_held(**given, version=version, now=LATER)


def held_and_decided(world: World) -> None:
    """One is changed and posted by that, one posted, one taken back, one returned, and one waits."""
    first, second, third, fourth, _ = hold(world, world.ana, world.cleo, world.cleo, world.ana, world.cleo)
    held.edit_held(by=world.ana.account, held=first, body="I had a good day", now=LATER)
    held.edit_held(by=world.cleo.account, held=second, body="Mail me: cleo@example.com", now=LATER)
    release(world, second, version=2)
    held.withdraw_held(by=world.cleo.account, held=third, now=LATER)
    return_held(world, fourth)


def erase(name: str) -> Act:
    """Somebody's account, and every piece of it that others see."""

    def act(world: World) -> None:
        begin_erasure(account=getattr(world, name).account.id, now=LATER)
        for hours in range(40):
            run_erasures(now=LATER + timedelta(hours=hours))
        assert not Account.objects.filter(id=getattr(world, name).account.id).exists()

    return act


def return_held(world: World, held_id: UUID) -> None:
    given: dict[str, Any] = {"role": world.cast.peer, "group": world.group, "held": held_id, "version": 1}
    held.return_held(**given, word="Rather not here", now=LATER)


def returned(world: World) -> None:
    """One is returned and put away, one lies too long."""
    first, _ = hold(world, world.ana, world.cleo)
    return_held(world, first)
    held.withdraw_held(by=world.ana.account, held=first, now=LATER)
    held.drop_held(now=LATER + timedelta(days=15))


CASES: dict[str, dict[str, Act]] = {
    "message.held": {
        "held": lambda w: hold(w, w.ana, w.cleo),
        "held and decided": held_and_decided,
        "by who left then": steps(lambda w: hold(w, w.cleo, w.ana), leave("cleo")),
        "by who was removed then": steps(lambda w: hold(w, w.cleo), lambda w: w.remove(w.cleo)),
    },
    "message.returned": {"returned": held_and_decided, "and put away": returned},
    "held.changed": {"held": lambda w: hold(w, w.dora)},
    "membership.erased": {
        "a member": erase("ana"),
        "who speaks and reacts": steps(
            lambda w: w.react(w.cleo, w.say(w.ana, "One more"), "heart"),
            lambda w: w.react(w.ana, w.say(w.cleo, "And one"), "heart"),
            erase("cleo"),
        ),
        "with a block": erase("dora"),
        "whose message waits": steps(lambda w: hold(w, w.cleo, w.ana), erase("cleo")),
        "who led": erase("ben"),
        "beside somebody": steps(happenings.begin_two, erase("ben")),
        "with somebody beside them": steps(happenings.begin_two, erase("ana")),
        "in an introduction": steps(happenings.introduce, erase("ana")),
    },
    "message.created": {
        "a message": lambda w: w.say(w.ana, "seven"),
        "in the direct talk": lambda w: w.say(w.ben, "How are you?", w.talk),
        "many": steps(*[lambda w, n=n: w.say((w.ana, w.cleo, w.dora)[n % 3], f"{n}") for n in range(27)]),
        "and edited at once": lambda w: w.edit(w.ana, w.say(w.ana, "seven"), "Seven"),
        "and retracted at once": lambda w: w.retract(w.cleo, w.say(w.cleo, "seven")),
        "by who left then": steps(lambda w: w.say(w.cleo, "seven"), leave("cleo")),
    },
    "message.edited": {
        "an old one": lambda w: w.edit(w.ana, w.first, "Uno"),
        "the last one": lambda w: w.edit(w.ana, w.seqs[-1], "Six!"),
        "twice": steps(lambda w: w.edit(w.ben, w.second, "Twee"), lambda w: w.edit(w.ben, w.second, "Dos")),
        "and reacted to": steps(lambda w: w.edit(w.ben, w.second, "Dos"), lambda w: w.react(w.ana, w.second, "no")),
    },
    "message.retracted": {
        "an old one with reactions": lambda w: w.retract(w.ana, w.first),
        "the last one": lambda w: w.retract(w.ana, w.seqs[-1]),
        "after an edit": steps(lambda w: w.edit(w.ana, w.first, "Uno"), lambda w: w.retract(w.ana, w.first)),
    },
    "message.hidden": {
        "an old one with reactions": lambda w: w.hide(w.first),
        "the last one": lambda w: w.hide(w.seqs[-1]),
        "and retracted": steps(lambda w: w.hide(w.first), lambda w: w.retract(w.ana, w.first)),
    },
    "message.restored": {
        "with reactions": steps(lambda w: w.hide(w.first), lambda w: w.restore(w.first)),
        "after it was retracted": steps(
            lambda w: w.hide(w.first), lambda w: w.retract(w.ana, w.first), lambda w: w.restore(w.first)
        ),
    },
    "reaction.changed": {
        "one more": lambda w: w.react(w.ana, w.second, "heart"),
        "by somebody with a block": lambda w: w.react(w.dora, w.second, "heart"),
        "taken back": lambda w: w.unreact(w.ben, w.first, "hug"),
        "back and forth": steps(
            lambda w: w.unreact(w.ben, w.first, "hug"),
            lambda w: w.react(w.ben, w.first, "sad"),
            lambda w: w.react(w.ben, w.first, "hug"),
        ),
    },
    "mute.changed": {
        "muted": lambda w: w.change(w.ana, muted_until=LATER + timedelta(days=1)),
        "muted and not": steps(
            lambda w: w.change(w.dora, muted_until=LATER + timedelta(days=1)),
            lambda w: w.change(w.dora, muted_until=None),
        ),
        "muted, and another leads from then on": steps(
            lambda w: w.change(w.dora, muted_until=LATER + timedelta(days=1)), World.lead_with_cleo
        ),
    },
    "membership.changed": {
        "left": leave("cleo"),
        "came back": come_back,
        "another lead": World.lead_with_cleo,
        "locked": lambda w: w.lock(w.cleo),
        "locked and unlocked": steps(
            lambda w: w.lock(w.cleo),
            lambda w: unlock_account(account=w.cleo.account, by=None, now=LATER),
            lambda w: dormancy.show_due(now=LATER + timedelta(days=3)),
        ),
    },
    "conversation.changed": {
        "described": describe_and_close,
        "nobody leads it": stop_leading,
        "nobody leads it, then cleo does": take_over,
        "closed": lambda w: groups.close_group(by=w.ben.account, group=w.group, now=LATER),
        "direct talk ended": leave("ana", talk=True),
    },
    "conversation.reset": {
        "a block": lambda w: blocks.block(by=w.cleo.account, membership=w.mine(w.dora).id, now=LATER),
        "of a lead": block_ben,
        "taken back": unblock_ana,
        "there and back": block_and_unblock,
    },
    "conversation.added": {
        "a newcomer": admit_max,
        "with earlier talk": admit_max_to_earlier_talk,
        "a direct talk": talk_directly,
        "brought back": looked_at.removed_and_brought_back,
        "a group of one's own": lambda w: groups.create_group(by=w.ben.account, title="Another", now=LATER),
    },
    "conversation.removed": {
        "removed": lambda w: w.remove(w.dora),
        "left the direct talk": leave("ben", talk=True),
    },
    "admission.changed": {
        "asked": lambda w: w.ask(w.max),
        "decided": decide,
        "by who then erased their account": steps(lambda w: w.ask(w.max), erase("max")),
    },
    **asked.CASES,
    "referral.changed": {"sent and accepted": refer, "lapsed": steps(refer, lapse)},
    "journey.changed": {"written, changed, removed": journey},
    **happenings.CASES,
    **looked_at.CASES,
    **matched.CASES,
    "recovery.changed": {"confirmed": recover},
    "export.ready": {"made": take_along},
    "session.revoked": {"one": revoke, "all others": revoke_others},
    "settings.changed": {
        "language": lambda w: change_locale(by=w.ana.account, locale="nl", now=LATER),
        "quiet": lambda w: memberships.be_quiet(by=w.dora.account, conversation=w.group, until=None, now=LATER),
    },
}


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


def test_every_kind_has_a_case() -> None:
    assert set(CASES) == registry.kinds()


@pytest.mark.parametrize(
    ("kind", "act"),
    [pytest.param(kind, act, id=f"{kind}: {name}") for kind in CASES for name, act in CASES[kind].items()],
)
def test_events_on_a_snapshot_are_a_fresh_snapshot(world: World, client_of: Client, kind: str, act: Act) -> None:
    phones = {name: Phone(client_of(person)) for name, person in world.viewers.items()}
    before = {name: phone.snapshot() for name, phone in phones.items()}
    act(world)
    seen: list[Told] = []
    for name, phone in phones.items():
        there = Account.objects.filter(id=world.viewers[name].account.id, locked_at=None)
        if not there.exists() or not _still_in(world.viewers[name]):
            continue
        followed = phone.follow(before[name], seen)
        assert followed == phone.snapshot(), name
        assert phone.follow(followed) == followed, name
    assert kind in {event["type"] for event in seen}


def _still_in(person: Person) -> bool:
    person.session.refresh_from_db()
    return person.session.revoked_at is None
