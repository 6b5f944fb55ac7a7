"""What inboxes are told about contacts; both sides are told the same.

| kind             | stream | ref      |                                                |
|------------------|--------|----------|------------------------------------------------|
| contact.changed  | inbox  | contact  | of the member, and of who is or was beside them |
| handover.changed | inbox  | handover | of the member, of who gives and who receives    |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from backend.core.accounts.models import Role
from backend.core.streams import registry
from backend.core.streams.append import append
from backend.core.streams.item import Item
from backend.core.streams.models import Event
from messaging import payloads
from peers.contacts.models import Contact, Handover

CONTACT_CHANGED = "contact.changed"
HANDOVER_CHANGED = "handover.changed"
GONE = {"part": Contact.Part.PRIMARY, "interim": False, "state": "ended"}


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[CONTACT_CHANGED], renderer=render_contacts)
    registry.register_renderer(kinds=[HANDOVER_CHANGED], renderer=render_handovers)


def tell_contact(there: Contact, *, at: datetime) -> None:
    """Tell the member, and who is beside them."""
    inboxes = {there.member.inbox}
    if there.holder is not None:
        inboxes.add(there.holder.account.inbox)
    for inbox in inboxes:
        append(stream=inbox, kind=CONTACT_CHANGED, ref=there.id, at=at)


def tell_handover(there: Handover, *, at: datetime, besides: Role | None = None) -> None:
    """Tell all three; `besides`: who was the third until now."""
    roles = [role for role in (there.giving, there.receiving, besides) if role is not None]
    for inbox in {there.member.inbox, *(role.account.inbox for role in roles)}:
        append(stream=inbox, kind=HANDOVER_CHANGED, ref=there.id, at=at)


def render_contacts(events: Sequence[Event]) -> Iterable[Item]:
    """A contact as it is now, without a word why."""
    found = Contact.objects.in_bulk([event.ref for event in events])
    for event in events:
        there = found.get(event.ref)
        # Without a row, one of the two has erased their account.
        yield _item(event, {**GONE, "contact": event.ref} if there is None else contact_told(there))


def render_handovers(events: Sequence[Event]) -> Iterable[Item]:
    """How far a handover is; what each side may see of it is read anew."""
    found = Handover.objects.in_bulk([event.ref for event in events])
    for event in events:
        there = found.get(event.ref)
        state = "called_off" if there is None else there.state
        yield _item(event, {"handover": event.ref, "state": state})


def contact_told(there: Contact) -> dict[str, Any]:
    """What both sides know of a contact."""
    return {"contact": there.id, "part": there.part, "interim": there.interim, "state": there.state}


def _item(event: Event, told: dict[str, Any]) -> Item:
    return Item(seq=event.seq, data=payloads.dump({"type": event.kind, **told, "seq": event.seq}))
