"""What happens around check-ins, for the tests of every kind of event: kind → name → act on a world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from backend.core.jobs import run_due
from peers.checkins.actions import requests, sharing
from peers.checkins.models import CaringMessage, Checkin, ContactRequest, Plan
from peers.contacts.actions.contacts import begin_contact
from tests.messaging.circle import LATER
from tests.peers.asking_how import answer, open_next, set_wishes

Act = Callable[[Any], object]


def due(world: Any) -> Checkin:
    """Ana is asked; nobody else hears of it."""
    set_wishes(world.ana.account, now=LATER)
    return open_next(world.ana.account)


def answered(world: Any) -> Checkin:
    there = due(world)
    answer(world.ana.account, there, now=moment(there), overall="bad")
    return there


def rested(world: Any) -> None:
    there = due(world)
    for days in range(1, 9):
        run_due(now=moment(there) + timedelta(days=days))


def shared(world: Any) -> None:
    begin_contact(member=world.ana.account, role=world.cast.peer, now=LATER)
    there = answered(world)
    given = {"checkin": there.id, "item": "overall", "to": world.cast.peer.id}
    share = sharing.share_answer(by=world.ana.account, **given, now=moment(there))
    sharing.share_answer(by=world.ana.account, **{**given, "item": "money"}, now=moment(there))
    sharing.revoke_share(by=world.ana.account, share=share.id, now=moment(there))


def wished(world: Any) -> ContactRequest:
    begin_contact(member=world.ana.account, role=world.cast.peer, now=LATER)
    return requests.ask_contact(by=world.ana.account, now=LATER)


def escalated(world: Any) -> None:
    request = wished(world)
    requests.acknowledge_request(by=world.ben.account, request=request.id, now=LATER)
    requests.pass_on_request(by=world.ben.account, request=request.id, now=LATER)
    run_due(now=LATER + timedelta(days=30))


def cared(world: Any) -> None:
    set_wishes(world.ana.account, now=LATER, caring=True)
    due_at = Plan.objects.get().caring_due
    assert due_at is not None
    for hours in range(0, 48, 2):
        run_due(now=due_at + timedelta(hours=hours))
    assert CaringMessage.objects.exists()


def moment(checkin: Checkin) -> datetime:
    """When it opened."""
    assert checkin.opened_at is not None
    return checkin.opened_at


CASES: dict[str, dict[str, Act]] = {
    "checkin.due": {"one opens": due},
    "checkin.changed": {"answered": answered, "not answered": rested},
    "share.changed": {"shared and taken back": shared},
    "contact_request.changed": {"wished": wished, "passed on, and nobody": escalated},
    "caring.sent": {"one": cared},
}
