"""What a member's inbox says about a referral: that it has come to another state, and which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from backend.core.streams import registry
from backend.core.streams.item import Item
from backend.core.streams.models import Event
from peers.referrals.models import Referral

REFERRAL_CHANGED = "referral.changed"  # ref: the referral


def render(events: Sequence[Event]) -> Iterable[Item]:
    """The state it has now."""
    rows = Referral.objects.filter(id__in={event.ref for event in events}).values_list("id", "state")
    states = dict(rows)
    for event in events:
        if event.ref not in states:
            yield Item(seq=event.seq, data=b"")
            continue
        told = {"type": event.kind, "seq": event.seq, "referral": event.ref, "state": states[event.ref]}
        yield Item(seq=event.seq, data=orjson.dumps(told))


def register() -> None:
    """Called at `ready()`."""
    registry.register_renderer(kinds=[REFERRAL_CHANGED], renderer=render)
