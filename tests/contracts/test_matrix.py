"""Every route × method × way to stand to what is asked for, from the routes as they are.

`matrix/` says who gets what. A route, method or person that is not there fails, and so does one that is no more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from backend.core import limits
from backend.core.http import api
from tests.contracts.matrix import AREA_OF, AREAS, TABLE, area_of_path, talks
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene, undone
from tests.contracts.openapi import check_response, operations, path_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Not for clients of the API, and so not in its schema.
BESIDE_THE_SCHEMA = {"/healthz", "/readyz", "/metrics", "/api/docs", "/api/docs/{name}", "/api/v1/schema"}


def is_beside_the_schema(path: str) -> bool:
    """Whether a path is a page, or else not for clients of the API."""
    return path in BESIDE_THE_SCHEMA or path.startswith("/info")


def find_routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every path that there is, as the schema writes it."""
    for part in (resolver or get_resolver()).url_patterns:
        route = before + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from find_routes(part, route)
        else:
            assert isinstance(part, URLPattern)
            yield path_of(route)


# The console has pages, not an API: tests/console/test_who.py
ROUTES = sorted({route for route in find_routes() if not route.startswith("/console/")})


def send(
    scene: Scene,
    who: str,
    method: str,
    path: str,
    *,
    given: Mapping[str, str] | None = None,
    body: Any = None,
    raw: bytes | None = None,
    query: str = "",
    kind: str = "application/json",
) -> Any:
    """The answer to one person's request, which is undone again and has nothing in it that is meant for others."""
    row = f"{method} {path}"
    area = AREA_OF.get(row) or area_of_path(path)
    target = re.sub(r"{(\w+)}", lambda name: (given or scene.given)[name[1]], path)
    query = query or area.queries.get(row, "")
    headers = {"Authorization": token} if (token := scene.tokens[who]) else {}
    if row in area.with_if_match:
        headers["If-Match"] = "*"
    if raw is None:
        raw = b"" if body is None else json.dumps(body).encode()
    limits._local.clear()
    api._find_failing.cache_clear()
    with undone():
        asker = Client(headers=headers, raise_request_exception=False)
        response = asker.generic(method, f"{target}?{query}" if query else target, raw, content_type=kind)
        content = response.getvalue() if response.streaming else response.content
    shown = f"{response.headers} {content.decode()}"
    found = sorted(words for words in scene.secret[who] if words in shown)
    assert not found, f"{who} {row}: tells {found}"
    if method != "HEAD":
        check_response(method, path, status=response.status_code, headers=response.headers, body=content, where=who)
    return response


def ask(scene: Scene, who: str, row: str, given: Mapping[str, str] | None = None) -> Any:
    """The answer to what a row of the table asks for."""
    method, path = row.split()
    if (form := AREA_OF[row].forms.get(row)) is not None:
        raw = urlencode(form(scene) if callable(form) else form).encode()
        return send(scene, who, method, path, given=given, raw=raw, kind="application/x-www-form-urlencoded")
    made = AREA_OF[row].bodies.get(row)
    return send(scene, who, method, path, given=given, body=made(scene, who) if made else None)


# -- the table itself -------------------------------------------------------------------------------------------------


def test_every_route_is_listed_and_every_listed_one_is_there() -> None:
    assert {row.split()[1] for row in TABLE} == set(ROUTES)


def test_every_row_is_in_one_area() -> None:
    assert len(TABLE) == sum(len(area.rows) for area in AREAS)


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_everybody_is_in_one_column(area: Area, scene_of: Callable[[Area], Scene]) -> None:
    assert sorted(area.everybody) == sorted(scene_of(area).tokens)


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_what_is_sent_is_sent_somewhere(area: Area, scene_of: Callable[[Area], Scene]) -> None:
    assert {*area.bodies, *area.forms, *area.queries, *area.with_if_match} <= area.rows.keys()
    assert set(re.findall(r"{(\w+)}", " ".join(area.rows))) == set(scene_of(area).given)


def test_the_schema_tells_the_same_routes_and_methods() -> None:
    assert {f"{method} {path}" for path, method, _ in operations()} == {
        row for row in TABLE if not is_beside_the_schema(row.split()[1])
    }


def test_the_schema_says_who_must_sign_in() -> None:
    for path, method, operation in operations():
        needs_session = TABLE[f"{method} {path}"]["none"] == 401
        assert operation.get("security", [{}]) == [{"session": []} if needs_session else {}], (method, path)


@pytest.mark.parametrize("row", TABLE)
def test_everything_works_for_somebody_and_is_hidden_from_strangers(area: Area, row: str) -> None:
    cells = TABLE[row]
    assert any(status < 400 for status in cells.values())
    for column in area.outside:
        if cells[column] == 403:
            assert {(row, column), (row, "*")} & set(area.know_anyway), column


# -- what really happens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE)
def test_who_gets_what(area: Area, scene: Scene, row: str) -> None:
    got = {who: ask(scene, who, row).status_code for who in area.everybody}
    assert got == {who: TABLE[row][column] for column, people in area.columns.items() for who in people}


@pytest.mark.parametrize("row", [row for row in TABLE if "{" in row and 404 in TABLE[row].values()])
def test_what_one_may_not_know_is_as_if_it_were_not_there(area: Area, scene: Scene, row: str) -> None:
    nothing = {**scene.given, **{name: str(uuid4()) for name, value in scene.given.items() if len(value) == 36}}
    for column, people in area.columns.items():
        if TABLE[row][column] == 404:
            for who in people:
                told = [ask(scene, who, row, given) for given in (scene.given, nothing)]
                assert told[0].status_code == told[1].status_code, who
                assert _without_id(told[0]) == _without_id(told[1]), who


def _without_id(response: Any) -> tuple[Any, Any]:
    told = {**json.loads(response.content), "request_id": ""}
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return told, headers


@pytest.mark.parametrize("row", [row for row in talks.AREA.rows if re.search("{(conversation|group|membership)}", row)])
def test_a_direct_talk_is_there_for_its_two_alone(area: Area, scene: Scene, row: str) -> None:
    """Nor is it a group, even for them."""
    for column, people in area.columns.items():
        for who in people:
            status = ask(scene, who, row, scene.elsewhere).status_code
            if column == "none":
                assert status == 401, who
            elif who in ("ana", "ben") and "{group}" not in row:
                assert status != 404, who
            else:
                assert status == 404, who


@pytest.mark.parametrize("path", ROUTES)
def test_no_other_method_does_anything(scene: Scene, path: str) -> None:
    listed = {row.split()[0] for row in TABLE if row.split()[1] == path}
    somebody = may(next(row for row in TABLE if row.split()[1] == path))
    for method in {*METHODS, "TRACE", "BREW"} - listed:
        refused = send(scene, somebody, method, path)
        assert refused.status_code == 405, f"{method} {path} is not listed"
        assert listed <= {word.strip() for word in refused["Allow"].split(",")}, refused["Allow"]
        assert send(scene, "anonymous", method, path).status_code in (401, 405), method
    for who in (somebody, "anonymous"):
        head = send(scene, who, "HEAD", path)
        assert head.content == b""
        assert head.status_code == send(scene, who, "GET", path).status_code, who
        options = send(scene, who, "OPTIONS", path)
        assert (options.status_code, options.content) == (204, b"") or options.status_code in (401, 405), who


# -- what is asked for wrongly ----------------------------------------------------------------------------------------

GARBAGE = (
    b"{",
    b"\xff\xfe",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": 1e999999}',
    b"[" * 40_000,
    b'{"a":' * 10_000,
    b"null",
    b"[]",
    b'"text"',
    b"7",
    b'{"\\u0000": 1}',
    b'{"\\ud800": 1}',
)


def may(row: str) -> str:
    """Somebody for whom it works."""
    column = next(column for column, status in reversed(TABLE[row].items()) if status < 400)
    return AREA_OF[row].columns[column][0]


@pytest.mark.parametrize("row", [row for row in TABLE if not is_beside_the_schema(row.split()[1])])
def test_parameters_that_are_not_known_are_refused(scene: Scene, row: str) -> None:
    method, path = row.split()
    told = send(scene, may(row), method, path, query="unheard_of=1")
    assert (told.status_code, told.json()["code"]) == (400, "parameter_unknown")


@pytest.mark.parametrize("row", [row for row in TABLE if row in AREA_OF[row].bodies])
def test_bodies_that_are_not_as_declared_are_refused(scene: Scene, row: str) -> None:
    method, path = row.split()
    who = may(row)
    body = AREA_OF[row].bodies[row](scene, who)
    told = send(scene, who, method, path, body={**body, "unheard_of": 1})
    assert (told.status_code, [fault["code"] for fault in told.json()["errors"]]) == (400, ["unknown_field"])
    assert "unheard_of" not in told.content.decode()
    for name in body:
        told = send(scene, who, method, path, body={**body, name: {"unheard_of": [1]}})
        assert told.status_code == 400, name
    for raw in GARBAGE:
        assert send(scene, who, method, path, raw=raw).status_code == 400, raw[:20]
    assert send(scene, who, method, path, raw=json.dumps(body).encode(), kind="text/plain").status_code == 415
    assert send(scene, who, method, path, raw=b" " * 65_537).status_code == 413


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in TABLE
        if row.split()[0] in ("POST", "PUT") and row not in {*AREA_OF[row].bodies, *AREA_OF[row].forms}
    ],
)
def test_where_no_body_is_asked_for_none_is_taken(scene: Scene, row: str) -> None:
    method, path = row.split()
    told = send(scene, may(row), method, path, body={"unheard_of": 1})
    assert (told.status_code, told.json()["code"]) in ((400, "invalid"), (400, "unknown_field"))


@pytest.mark.parametrize("path", [path for path in ROUTES if "{" in path and "/api/v1/" in path])
def test_an_id_of_another_form_is_not_there(scene: Scene, path: str) -> None:
    row = next(row for row in TABLE if row.split()[1] == path)
    method, who = row.split()[0], may(row)
    for name in re.findall(r"{(\w+)}", path):
        for wrong in ("1%00", "%27", "x" * 300, "..%2f", "%ff", "0", "-1", "９"):
            told = send(scene, who, method, path, given={**scene.given, name: wrong})
            assert told.status_code in (400, 404), wrong
