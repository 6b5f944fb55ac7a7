"""A real group and how one comes into it, by the same actions that people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from backend.core.streams import store
from messaging import access
from messaging.actions import admissions, groups
from messaging.actions.messages import send_message
from messaging.models import Membership
from tests.asking import API
from tests.cast import Cast, Person, new_peer, new_person
from tests.messaging.rooms import NOON

LATER = NOON + timedelta(hours=1)


@dataclass(frozen=True)
class Circle:
    """A group by its id, and the one who led it first."""

    id: UUID
    lead: Person

    @property
    def url(self) -> str:
        return f"{API}/groups/{self.id}"

    @property
    def talk_url(self) -> str:
        return f"{API}/conversations/{self.id}"

    @property
    def head(self) -> int:
        return store.heads_of([self.id])[self.id]

    def of(self, person: Person) -> Membership:
        """The person's newest membership."""
        mine = Membership.objects.filter(conversation=self.id, account=person.account)
        return mine.filter(state="active").first() or mine.latest("visible_to")

    def ask(self, person: Person, alias: str | None = None, *, now: datetime = NOON, **given: Any) -> UUID:
        """A request to join."""
        asked = admissions.ask_admission(by=person.account, group=self.id, alias=alias, now=now, **given)
        return asked.id

    def admit(self, person: Person, alias: str | None = None, *, now: datetime = NOON, **given: Any) -> Membership:
        """Asked and accepted."""
        request = self.ask(person, alias, now=now, **given)
        admissions.accept_request(by=self.lead.account, request=request, now=now)
        return self.of(person)

    def say(self, person: Person, body: str = "Hello", *, now: datetime = NOON) -> int:
        """A message; → its seq."""
        sent = send_message(
            by=person.account, session=person.session, conversation=self.id, client_id=uuid4(), body=body, now=now
        )
        return sent.seq

    def events(self, person: Person, after: int = 0) -> list[dict[str, Any]]:
        """What the stream tells this person behind that seq; nothing to who does not follow it."""
        view = access.view_of(account=person.account.id, conversation=self.id)
        items = store.since(stream=self.id, after=after)[1]
        return [orjson.loads(item.data) for item in items if view is not None and view.sees(item)]


def new_circle(lead: Person, **described: Any) -> Circle:
    """A group that a peer expert makes."""
    made = groups.create_group(by=lead.account, **{"title": "Side by side", "now": NOON, **described})
    return Circle(made.pk, lead)


def second_peer(cast: Cast, circle: Circle, *, alias: str = "Rosa") -> Person:
    """Another peer expert, in the group as such, but not leading it."""
    rosa = new_person()
    new_peer(rosa, organisation=cast.organisation, alias=alias, avatar_key="leaf-moss")
    circle.admit(rosa, as_peer=True)
    return rosa
