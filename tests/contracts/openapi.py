"""Checks real responses against the generated OpenAPI document. What it does not name is a fault.

Also what every response must be, whatever the route: no cookie, not stored, with a request id, refusals as problems.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from backend.core.http import schema
from backend.core.http.problems import MEDIA_TYPE
from backend.core.http.titles import TITLES

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
# Routes whose answers may be kept by the client, and what they say of it; everything else is `no-store`.
KEPT = {
    "/api/docs/{name}": "public, max-age=3600",
    "/api/v1/directory": "public, max-age=300",
    "/api/v1/directory/export": "public, max-age=300",
    "/api/v1/directory/gaps": "public, max-age=300",
    "/api/v1/directory/snapshot": "public, max-age=300",
    "/api/v1/directory/{entry}": "public, max-age=300",
    "/api/v1/helplines": "public, max-age=300",
    "/info/files/{name}": "public, max-age=3600",
    "/api/v1/regions": "public, max-age=3600",
    "/api/v1/schema": "no-cache",
}
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)

formats = FormatChecker(formats=["uuid", "date"])
formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(_UTC.fullmatch(value)))


@functools.cache
def document() -> Any:
    """The document as it is generated."""
    return orjson.loads(schema.document())


def operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every path, method (in capitals) and operation."""
    for path, methods in document()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method.upper(), methods[method]


def path_of(route: str) -> str:
    """A route of Django's as OpenAPI writes it: `me/<uuid:x>` → `/me/{x}`."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def check_response(
    method: str, path: str, *, status: int, headers: Mapping[str, str], body: bytes, where: str = ""
) -> Any:
    """The response's JSON, if it is one that the contract allows here; AssertionError otherwise.

    `path` is as the document writes it; one that is not in it is only checked for what holds everywhere.
    """
    at = f"{method} {path} {status} {where}".strip()
    check_headers(method, path, status=status, headers=headers, at=at)
    if status >= 400 and path not in ("/readyz",):
        return check_problem(status=status, headers=headers, body=body, at=at)
    operation = document()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return None
    told = operation["responses"].get(str(status))
    assert told is not None, f"{at}: no such status in the schema"
    content = told.get("content")
    if not content:
        assert body == b"", f"{at}: has a body"
        assert "Content-Type" not in headers, at
        return None
    if JSON not in content:  # a picture
        assert headers["Content-Type"] in content, at
        return None
    assert headers["Content-Type"] == JSON, at
    data = orjson.loads(body)
    _check(_validator(f"{path}\n{method.lower()}\n{status}"), data, at)
    return data


def check_headers(method: str, path: str, *, status: int, headers: Mapping[str, str], at: str = "") -> None:
    """What every response has and has not."""
    names = {name.lower(): value for name, value in headers.items()}
    assert "set-cookie" not in names, f"{at}: sets a cookie"
    kept = KEPT.get(path, "no-store") if method in ("GET", "HEAD") and status < 400 else "no-store"
    assert names["cache-control"] == kept, at
    assert names.get("x-request-id"), f"{at}: no request id"
    assert names["x-content-type-options"] == "nosniff", at
    assert names["referrer-policy"] == "no-referrer", at
    assert "default-src 'none'" in names["content-security-policy"], at


def check_problem(*, status: int, headers: Mapping[str, str], body: bytes, at: str = "") -> Any:
    """A refusal is a problem, and says nothing but what is declared."""
    assert headers["Content-Type"] == MEDIA_TYPE, f"{at}: {headers['Content-Type']}"
    told = orjson.loads(body)
    _check(_problem_validator(), told, at)
    assert told["status"] == status, at
    assert told["request_id"] == headers["X-Request-Id"], at
    assert told["type"] == f"urn:naast:problem:{told['code']}", at
    unknown = {told["code"], *(fault["code"] for fault in told.get("errors", ()))} - TITLES.keys()
    assert not unknown, f"{at}: no title for {sorted(unknown)}"
    if status in (429, 503):
        assert int(headers["Retry-After"]) >= 1, at
    return told


def _check(validator: Any, data: Any, at: str) -> None:
    faults = sorted(validator.iter_errors(data), key=lambda fault: list(map(str, fault.absolute_path)))
    lines = [f"{'/'.join(map(str, fault.absolute_path)) or 'body'}: {fault.message}" for fault in faults]
    assert not faults, f"{at} does not fit:\n" + "\n".join(lines)


@functools.cache
def _validator(key: str) -> Any:
    path, method, status = key.split("\n")
    content = document()["paths"][path][method]["responses"][status]["content"]
    assert list(content) == [JSON], key
    return _validator_of(content[JSON]["schema"])


@functools.cache
def _problem_validator() -> Any:
    return _validator_of({"$ref": "#/components/schemas/Problem"})


def _validator_of(part: Any) -> Any:
    return Draft202012Validator(_absolute(part), registry=_registry(), format_checker=formats)


@functools.cache
def _registry() -> Any:
    contents = {"components": _closed(document()["components"])}
    return cast(Any, Registry)().with_resource("urn:naast", Resource.from_contents(contents, DRAFT202012))


def _absolute(part: Any) -> Any:
    """With references into the registry."""
    if isinstance(part, list):
        return [_absolute(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    made = {key: _absolute(inner) for key, inner in part.items()}
    if "$ref" in made:
        made["$ref"] = f"urn:naast{made['$ref']}"
    return made


def _closed(part: Any) -> Any:
    """With every declared object closed: what is not declared must not be there."""
    if isinstance(part, list):
        return [_closed(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    made = {key: _closed(inner) for key, inner in part.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made
