"""What happens around contacts, for the tests of every kind of event: kind → name → act on a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.core.accounts.actions.roles import end_role
from messaging.actions import blocks
from messaging.models import Membership
from peers.contacts.actions import contacts, handovers
from peers.contacts.actions.stepping_back import step_back
from peers.contacts.models import Contact, Handover
from tests.messaging.circle import LATER
from tests.peers.beside import another_peer, primary_of

Act = Callable[[Any], object]


def begin(world: Any) -> Contact:
    """ben, whom ana talks with already, becomes her contact person."""
    return contacts.begin_contact(member=world.ana.account, role=world.cast.peer, now=LATER)


def begin_two(world: Any) -> None:
    begin(world)
    _, noor = another_peer(world.cast)
    contacts.begin_contact(member=world.ana.account, role=noor, now=LATER)


def stop_at_once(world: Any) -> None:
    noor, role = another_peer(world.cast)
    contacts.begin_contact(member=world.ana.account, role=role, now=LATER)
    begin(world)
    end_role(account=noor.account, kind="peer_expert", by=None, now=LATER)


def change(world: Any) -> None:
    begin(world)
    contacts.change_contact(by=world.ana.account, reason_code="times", now=LATER)
    contacts.withdraw_change(by=world.ana.account, now=LATER)


def pause(world: Any) -> None:
    begin(world)
    contacts.pause_contact(by=world.ana.account, now=LATER)


def end(world: Any) -> None:
    begin_two(world)
    contacts.end_contact(by=world.ana.account, now=LATER)


def block(world: Any) -> None:
    """In the group where they know each other."""
    begin(world)
    blocks.block(by=world.ana.account, membership=world.mine(world.ben).id, now=LATER)
    assert primary_of(world.ana).interim


def ask_to_hand_over(world: Any) -> Handover:
    """To noor, whom nobody in this world knows yet."""
    beside = begin(world)
    _, role = another_peer(world.cast)
    there = Membership.objects.get(conversation=beside.conversation_id, account=world.ana.account)
    return handovers.ask_handover(by=world.ben.account, member=there.id, to=role.id, note="A proposal", now=LATER)


def introduce(world: Any) -> Handover:
    there = ask_to_hand_over(world)
    handovers.accept_handover(by=there.receiving.account, handover=there.id, now=LATER)
    return handovers.consent_handover(by=world.ana.account, handover=there.id, note="In my words", now=LATER)


def confirm(world: Any) -> None:
    there = introduce(world)
    assert there.introduction_id is not None
    world.say(world.ben, "This is noor", there.introduction_id)
    handovers.confirm_handover(by=world.ana.account, handover=there.id, now=LATER)


def redirect(world: Any) -> None:
    handovers.redirect_handover(by=world.ana.account, handover=introduce(world).id, now=LATER)


def withdraw(world: Any) -> None:
    handovers.withdraw_handover(by=world.ben.account, handover=ask_to_hand_over(world).id, now=LATER)


def stop_in_the_introduction(world: Any) -> None:
    introduce(world)
    step_back(by=world.ben.account, leave_role=False, now=LATER)


CASES: dict[str, dict[str, Act]] = {
    "contact.changed": {
        "begun": begin,
        "and a backup": begin_two,
        "stopped at once": stop_at_once,
        "changed": change,
        "paused": pause,
        "ended": end,
        "blocked": block,
    },
    "handover.changed": {
        "asked": ask_to_hand_over,
        "introduced": introduce,
        "confirmed": confirm,
        "redirected": redirect,
        "withdrawn": withdraw,
        "goes on without who gave": stop_in_the_introduction,
    },
}
