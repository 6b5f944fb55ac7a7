"""What inboxes are told around check-ins: that something is there, never what.

| kind                    | ref      | told                                                   |
|-------------------------|----------|--------------------------------------------------------|
| checkin.due             | check-in | one has opened; `state` as it is now                   |
| checkin.changed         | check-in | it has another state                                   |
| share.changed           | share    | to the member, and to who it is shared with            |
| contact_request.changed | request  | to the member, and to whose turn it is or was          |
| caring.sent             | message  | a text that asks nothing                               |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from backend.core.streams import registry
from backend.core.streams.item import Item
from backend.core.streams.models import Event
from peers.checkins.models import Checkin, ContactRequest, Share

CHECKIN_DUE = "checkin.due"
CHECKIN_CHANGED = "checkin.changed"
SHARE_CHANGED = "share.changed"
REQUEST_CHANGED = "contact_request.changed"
CARING_SENT = "caring.sent"


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[CHECKIN_DUE, CHECKIN_CHANGED], renderer=render_checkins)
    registry.register_renderer(kinds=[SHARE_CHANGED], renderer=render_shares)
    registry.register_renderer(kinds=[REQUEST_CHANGED], renderer=render_requests)
    registry.register_renderer(kinds=[CARING_SENT], renderer=render_caring)


def render_checkins(events: Sequence[Event]) -> Iterable[Item]:
    """The check-in's state as it is now."""
    states = dict(Checkin.objects.filter(id__in={event.ref for event in events}).values_list("id", "state"))
    for event in events:
        if event.ref in states:
            yield _item(event, checkin=event.ref, state=states[event.ref])
        else:
            yield Item(seq=event.seq, data=b"")


def render_shares(events: Sequence[Event]) -> Iterable[Item]:
    """Whether it can be read now."""
    ended = dict(Share.objects.filter(id__in={event.ref for event in events}).values_list("id", "ended_at"))
    for event in events:
        # Without a row, the member has erased their account.
        yield _item(event, share=event.ref, readable=event.ref in ended and ended[event.ref] is None)


def render_requests(events: Sequence[Event]) -> Iterable[Item]:
    """The state that the request has now."""
    states = dict(ContactRequest.objects.filter(id__in={event.ref for event in events}).values_list("id", "state"))
    for event in events:
        # Without a row, the member has erased their account.
        yield _item(event, request=event.ref, state=states.get(event.ref, "withdrawn") if event.ref else "withdrawn")


def render_caring(events: Sequence[Event]) -> Iterable[Item]:
    """Which message; its text is read anew."""
    for event in events:
        yield _item(event, message=event.ref)


def _item(event: Event, **told: Any) -> Item:
    return Item(seq=event.seq, data=orjson.dumps({"type": event.kind, "seq": event.seq, **told}))
