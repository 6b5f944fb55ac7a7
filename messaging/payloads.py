"""The JSON that clients get about conversations.

One shape for the socket, `/sync` and REST. Nothing here depends on the viewer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson


class Sender(NamedTuple):
    """Who wrote something, as this conversation knows them; `peer` is a peer expert's id in that role."""

    membership: UUID
    alias: str
    avatar_key: str
    peer: UUID | None

    def told(self) -> dict[str, Any]:
        return {
            "membership": self.membership,
            "alias": self.alias,
            "avatar_key": self.avatar_key,
            "peer": self.peer,
        }


def dump(told: dict[str, Any]) -> bytes:
    """Compact JSON, times as RFC 3339 UTC."""
    return orjson.dumps(told, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


def message(
    *,
    seq: int,
    message_id: UUID,
    conversation: UUID,
    sender: Sender,
    body: str | None,
    sent_at: datetime,
    reply_to: int | None = None,
    edited_at: datetime | None = None,
    retracted_at: datetime | None = None,
    hidden_at: datetime | None = None,
) -> dict[str, Any]:
    """A message as everybody who may see it sees it. `body` is null once retracted, and while hidden."""
    return {
        "id": message_id,
        "conversation": conversation,
        "seq": seq,
        "sender": sender.told(),
        "body": body,
        "reply_to": reply_to,
        "sent_at": utc(sent_at),
        "edited_at": utc(edited_at),
        "retracted_at": utc(retracted_at),
        "hidden_at": utc(hidden_at),
    }


def message_created(**of: Any) -> bytes:
    """The event `message.created`: the whole message, under the seq that it has for good."""
    return dump({"type": "message.created", **message(**of)})


def utc(at: datetime | None) -> datetime | None:
    """In UTC, whatever zone the database connection speaks."""
    return at.astimezone(UTC) if at is not None else None
