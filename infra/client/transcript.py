"""One conversation as its events tell it. Pure: the same events give the same transcript to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Transcript:
    """`messages`: seq → message, with `reactions` as {membership: [keys]}; `members`: membership → as last told."""

    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the stream. Unknown kinds are left alone: the contract may grow."""
        match event["type"]:
            case "message.created":
                self.put({name: value for name, value in event.items() if name != "type"})
            case "message.edited" | "message.retracted" | "message.hidden" | "message.restored":
                self._alter(event)
            case "reaction.changed":
                self._react(event)
            case "membership.changed":
                told = dict(event["membership"])
                self.members[told["id"]] = told
            case "mute.changed":
                self.members.get(event["membership"], {})["muted_until"] = event["muted_until"]

    def put(self, message: Mapping[str, Any]) -> None:
        """A whole message, from an event or from the history."""
        told = dict(message)
        told["reactions"] = _by_membership(told.get("reactions") or [])
        self.messages[told["seq"]] = told

    def _alter(self, event: Mapping[str, Any]) -> None:
        message = self.messages.get(event["message_seq"])
        if message is not None:
            message.update({name: event[name] for name in ("body", "edited_at", "retracted_at", "hidden_at")})
            if message["retracted_at"]:
                message["reactions"] = {}

    def _react(self, event: Mapping[str, Any]) -> None:
        message = self.messages.get(event["message_seq"])
        if message is not None:
            if event["keys"]:
                message["reactions"][event["membership"]] = sorted(event["keys"])
            else:
                message["reactions"].pop(event["membership"], None)

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"messages": list(self.messages.values()), "members": self.members}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Transcript:
        """Back from JSON."""
        return cls({message["seq"]: message for message in told["messages"]}, dict(told["members"]))


def _by_membership(reactions: Any) -> dict[str, list[str]]:
    """The history lists who gave each key; here they are kept by who gave them."""
    if isinstance(reactions, Mapping):
        return {membership: list(keys) for membership, keys in reactions.items()}
    found: dict[str, list[str]] = {}
    for reaction in reactions:
        for membership in reaction["memberships"]:
            found.setdefault(membership, []).append(reaction["key"])
    return {membership: sorted(keys) for membership, keys in found.items()}
