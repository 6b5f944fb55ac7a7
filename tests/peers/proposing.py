"""Peer experts who can be proposed, and who asks for one, for the tests of matching."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.core.accounts.models import Role
from peers.experts.actions.experts import change_expert
from peers.matching import queries
from peers.matching.actions.requests import ask_match
from peers.matching.models import Match, Request
from peers.matching.ranking import Wishes
from tests.cast import Cast, Person, new_peer, new_person, utc_now
from tests.peers.vetted import vet

DUTCH = Wishes(languages=("nl",))
SEED = bytes(16)


def make_peer(cast: Cast, alias: str, *, person: Person | None = None, **said: Any) -> Role:
    """Another vetted peer expert of ben's organisation."""
    person = person or new_person()
    return ready(cast, person, new_peer(person, organisation=cast.organisation, alias=alias), **said)


def ready(cast: Cast, person: Person, role: Role, **said: Any) -> Role:
    """Let somebody be vetted and say something."""
    changes = {"languages": ["nl"], **said}
    change_expert(by=person.account, changes=changes, check=lambda version: None, now=utc_now())
    vet(role, by=cast.olga, second=cast.rosa)
    return role


def ask(person: Person, wishes: Wishes = DUTCH, *, now: datetime | None = None) -> tuple[Request, list[Match]]:
    """Ask; → the request and its proposals."""
    request, _ = ask_match(by=person.account, wishes=wishes, now=now or utc_now(), seed=SEED)
    return request, queries.proposals_of(request)
