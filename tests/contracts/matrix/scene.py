"""What every area's scene has: people, what they send, what can be asked for, and what must not be told to whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from backend.core.accounts.models import Role, Session
from tests.cast import Person

KNOWN_BY_ROLE = ("peer_expert", "coordinator")  # whose role's id is how others know them


@dataclass(slots=True)
class Scene:
    """Who is there and what can be asked for.

    `tokens`: who → what they send as Authorization, None for nothing. `given`: name in a route → its value;
    `elsewhere`: the same names for another thing of the same kind. `secret`: who → what must be in no answer to them.
    """

    people: dict[str, Person] = field(default_factory=dict)
    tokens: dict[str, str | None] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    secret: dict[str, set[str]] = field(default_factory=dict)

    def own_ids(self) -> dict[str, set[str]]:
        """Who → the ids that name their account and are for nobody else."""
        own: dict[str, set[str]] = {}
        for name, person in self.people.items():
            account = person.account
            sessions = Session.objects.filter(account=account).values_list("id", flat=True)
            roles = Role.objects.filter(account=account).exclude(kind__in=KNOWN_BY_ROLE).values_list("id", flat=True)
            ids = (account.id, account.inbox, *sessions, *roles)
            own[name] = {spelt for id_ in ids for spelt in (str(id_), id_.hex)}
        return own


@contextmanager
def undone() -> Iterator[None]:
    """What the block does to the databases is taken back, whatever commits it thinks it makes."""
    with ExitStack() as stack:
        for alias in ("default", "keystore"):
            stack.enter_context(_undone(alias))
        yield


@contextmanager
def _undone(alias: str) -> Iterator[None]:
    block: Any = transaction.atomic(using=alias)
    block._from_testcase = True  # as Django's TestCase: what must be durable may run inside
    with block:
        yield
        transaction.set_rollback(True, using=alias)
