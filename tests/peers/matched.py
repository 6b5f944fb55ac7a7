"""What happens around matches, for the tests of every kind of event: kind → name → act on a world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from peers.experts.actions.experts import change_expert
from peers.matching import queries
from peers.matching.actions import clock, matches, requests
from peers.matching.models import Match, Request
from peers.matching.ranking import Wishes
from tests.messaging.circle import LATER
from tests.peers.vetted import vet

Act = Callable[[Any], object]
DUTCH = Wishes(languages=("nl",))


def ask(world: Any) -> list[Match]:
    """ben is vetted, and proposed to ana."""
    cast, now = world.cast, LATER
    change_expert(by=cast.ben.account, changes={"languages": ["nl"]}, check=lambda version: None, now=now)
    vet(cast.peer, by=cast.olga, second=cast.rosa, now=now)
    request, _ = requests.ask_match(by=world.ana.account, wishes=DUTCH, now=now)
    return queries.proposals_of(request)


def wait(world: Any) -> Request:
    return requests.ask_match(by=world.ana.account, wishes=DUTCH, now=LATER)[0]


def told(world: Any) -> None:
    wait(world)
    for day in (1, 2, 3, 4):
        clock.advance_due(now=LATER + timedelta(days=day))


def accept(world: Any) -> None:
    matches.accept_match(by=world.ana.account, match=ask(world)[0].id, now=LATER)


def decline(world: Any) -> None:
    matches.decline_match(by=world.ana.account, match=ask(world)[0].id, now=LATER)


def withdraw(world: Any) -> None:
    ask(world)
    requests.withdraw_request(by=world.ana.account, now=LATER)


def lapse(world: Any) -> None:
    ask(world)
    clock.advance_due(now=LATER + timedelta(days=8))


def step_in(world: Any) -> None:
    wait(world)
    requests.ask_organisation(by=world.ana.account, organisation=world.cast.organisation.id, now=LATER)


CASES: dict[str, dict[str, Act]] = {
    "match.changed": {
        "asked": ask,
        "waits": wait,
        "an organisation is told": told,
        "accepted": accept,
        "declined": decline,
        "withdrawn": withdraw,
        "lapsed": lapse,
        "an organisation meanwhile": step_in,
    },
}
