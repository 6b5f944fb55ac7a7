"""What a client may say on the socket.

Pure: bytes in, a typed frame or a refusal out; unknown names and fields are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from backend.core.errors import DomainError, FieldError, Invalid
from backend.core.streams.item import INBOX
from backend.core.text import TextRefused, normalise_body

CURSORS = 2_000  # in one frame


class FrameRefused(Exception):
    """Not a frame of this protocol at all: the socket closes with 4010."""


@dataclass(frozen=True, slots=True)
class Hello:
    cursors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Resume:
    cursors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Read:
    conversation: UUID
    seq: int


class Say(NamedTuple):
    """The frame `send`. With `fault` set it is refused by a `nack`, not by closing."""

    cid: UUID
    conversation: UUID | None
    body: str
    reply_to: int | None
    fault: DomainError | None = None


ClientFrame = Hello | Resume | Ping | Read | Say


def parse_frame(text: bytes | str) -> ClientFrame:
    """One client frame. A `send` that names its `cid` is always answered with an ack or a nack."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        raise FrameRefused("not JSON") from fault
    if not isinstance(told, dict):
        raise FrameRefused("not an object")
    op = told.pop("op", None)
    match op:
        case "send":
            return _say(told)
        case "ping":
            _only(told)
            return Ping()
        case "read":
            _only(told, "conversation", "seq")
            return Read(_uuid(told.get("conversation")), _seq(told.get("seq")))
        case "hello":
            _only(told, "cursors")
            return Hello(_cursors(told.get("cursors", {})))
        case "resume":
            _only(told, "cursors")
            return Resume(_cursors(told.get("cursors")))
    raise FrameRefused("unknown op")


def _say(told: dict[str, Any]) -> Say:
    cid = _uuid(told.pop("cid", None))
    errors: list[FieldError] = []
    conversation, body, reply_to = None, "", told.get("reply_to")
    for name in told.keys() - {"conversation", "body", "reply_to"}:
        errors.append(FieldError("/" + name[:40].replace("~", "~0").replace("/", "~1"), "unknown_field"))
    try:
        conversation = _known_uuid(told.get("conversation"))
    except (FrameRefused, TypeError):
        errors.append(FieldError("/conversation", "invalid"))
    if reply_to is not None and (type(reply_to) is not int or not 1 <= reply_to < 2**53):
        errors.append(FieldError("/reply_to", "invalid"))
    if not isinstance(told.get("body"), str):
        errors.append(FieldError("/body", "invalid"))
    else:
        try:
            body = normalise_body(text=told["body"])
        except TextRefused as refused:
            errors.append(FieldError("/body", refused.code))
    fault = Invalid(errors=tuple(errors)) if errors else None
    return Say(cid, conversation, body, reply_to if fault is None else None, fault)


def _only(told: Mapping[str, Any], *names: str) -> None:
    if told.keys() - set(names):
        raise FrameRefused("unknown field")


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or len(value) != 36:
        raise FrameRefused("not an id")
    try:
        return UUID(value)
    except ValueError as fault:
        raise FrameRefused("not an id") from fault


# Conversations come again and again, and reading an id takes longer than reading the rest of a frame.
_known_uuid = lru_cache(maxsize=4096)(_uuid)


def _seq(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise FrameRefused("not a seq")
    return value


def _cursors(value: object) -> dict[str, int]:
    if not isinstance(value, dict) or len(value) > CURSORS:
        raise FrameRefused("not cursors")
    return {name if name == INBOX else str(_uuid(name)): _seq(seq) for name, seq in value.items()}
