"""Places to talk in, for tests that are not about how one comes into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from backend.core.sealing import datakeys
from backend.core.streams import store
from backend.core.text import fold
from messaging import access
from messaging.accepting.batch import Accepted
from messaging.actions.messages import send_message
from messaging.models import Block, Conversation, Group, Membership
from tests.asking import API
from tests.cast import Person

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Room:
    """A conversation and who belongs to it."""

    id: UUID
    members: dict[UUID, Membership] = field(default_factory=dict)

    def of(self, person: Person) -> Membership:
        """The person's membership as it is now."""
        mine = self.members[person.account.id]
        mine.refresh_from_db()
        return mine

    def join(self, person: Person, alias: str = "", *, part: str = "member", visible_from: int = 0) -> Membership:
        """A membership, without an event."""
        name = alias or f"Alias {len(self.members) + 1}"
        self.members[person.account.id] = made = Membership.objects.create(
            conversation_id=self.id,
            account=person.account,
            alias=name,
            alias_key=fold(text=name),
            avatar_key="wave-sand",
            part=part,
            visible_from=visible_from,
        )
        return made

    def change(self, person: Person, **fields: Any) -> None:
        """Set fields of the membership."""
        Membership.objects.filter(id=self.members[person.account.id].id).update(**fields)

    def block(self, by: Person, of: Person) -> None:
        """They do not see each other here any more."""
        named = self.members[of.account.id]
        Block.objects.create(conversation_id=self.id, by=by.account, of=of.account, membership=named, made_at=NOON)

    def leave(self, person: Person, state: str = "left") -> None:
        """End the membership at the head, without an event."""
        self.change(person, state=state, visible_to=self.head)

    @property
    def head(self) -> int:
        return store.heads_of([self.id])[self.id]

    @property
    def url(self) -> str:
        return f"{API}/conversations/{self.id}"

    def events(self, person: Person, after: int = 0) -> list[dict[str, Any]]:
        """What the stream tells this person behind that seq."""
        view = access.view_of(account=person.account.id, conversation=self.id)
        items = store.since(stream=self.id, after=after)[1]
        return [orjson.loads(item.data) for item in items if view is not None and view.sees(item)]

    def say(self, person: Person, body: str = "Hello", **given: Any) -> Accepted:
        """A message, accepted."""
        return send_message(
            **{
                "by": person.account,
                "session": person.session,
                "conversation": self.id,
                "client_id": uuid4(),
                "body": body,
                "now": NOON,
                **given,
            }
        )


def new_room(lead: Person, *members: Person, **group: Any) -> Room:
    """A group with its lead and members; `group` are fields of the group."""
    room = Room(uuid4())
    datakeys.create_key(owner=room.id, at=NOON)
    Conversation.objects.create(id=room.id, kind="group", created_at=NOON)
    Group.objects.create(conversation_id=room.id, **{"title": "Side by side", "languages": ["en"], **group})
    store.create_stream(stream=room.id, at=NOON)
    room.join(lead, "Ben", part="lead")
    for person in members:
        room.join(person)
    return room
