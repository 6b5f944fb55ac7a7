"""Checks real frames against `docs/asyncapi.yaml`: `check_frame("server", frame)`. What it does not name is a fault."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from jsonschema import Draft7Validator

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"
ACTIONS = {"client": "receive", "server": "send"}  # as the server sees it

Who = Literal["client", "server"]


@functools.cache
def document() -> Any:
    """The document as it is written."""
    return yaml.safe_load(DOCUMENT.read_text())


def find(reference: str) -> Any:
    """What a `#/…` reference names. Raises KeyError."""
    found = document()
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def ops(who: Who) -> frozenset[str]:
    """The frames that this side may say."""
    return frozenset(
        find(find(message["$ref"])["$ref"])["name"]
        for operation in document()["operations"].values()
        if operation["action"] == ACTIONS[who]
        for message in operation["messages"]
    )


def event_types() -> frozenset[str]:
    """The types of events that may stand in an `events` frame."""
    return frozenset(one["$ref"].rsplit("/", 1)[1] for one in find("#/components/schemas/event")["oneOf"])


def check_frame(who: Who, frame: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    """The frame as a dict, if it is one that this side may say; AssertionError otherwise."""
    told = dict(frame) if isinstance(frame, Mapping) else orjson.loads(frame)
    assert isinstance(told, dict), f"not an object: {told!r}"
    op = told.get("op")
    assert op in ops(who), f"{who} may not say {op!r}"
    _check(f"#/components/messages/{op}/payload", told)
    for event in told.get("events", ()) if op == "events" else ():
        check_event(event)
    return told


def check_event(event: bytes | Mapping[str, Any]) -> dict[str, Any]:
    """The same for one event, as `POST /sync` tells it too."""
    told: dict[str, Any] = orjson.loads(event) if isinstance(event, bytes) else dict(event)
    assert told.get("type") in event_types(), f"no event {told.get('type')!r}"
    _check(f"#/components/schemas/{told['type']}", told)
    return told


def _check(reference: str, told: Any) -> None:
    faults = sorted(_validator(reference).iter_errors(told), key=lambda fault: list(map(str, fault.absolute_path)))
    lines = [f"{'/'.join(map(str, fault.absolute_path)) or 'frame'}: {fault.message}" for fault in faults]
    assert not faults, f"{reference} does not fit:\n" + "\n".join(lines)


@functools.cache
def _validator(reference: str) -> Draft7Validator:
    return Draft7Validator(_strict(find(reference)), format_checker=Draft7Validator.FORMAT_CHECKER)


def _strict(schema: Any) -> Any:
    """With references put in, and every object closed; events are checked one by one, by their type."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") == "#/components/schemas/event":
        return {"type": "object"}
    if "$ref" in schema:
        return _strict(find(schema["$ref"]))
    made = {key: part if key in ("const", "enum", "examples") else _strict(part) for key, part in schema.items()}
    if "properties" in made and isinstance(made["properties"], dict) and "type" in made:
        made.setdefault("additionalProperties", False)
    return made
