"""Errors as clients see them, and that nothing which came in goes out again."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core import errors
from backend.core.errors import DomainError, FieldError
from backend.core.http.problems import Fault
from backend.core.http.serializers import StrictSerializer, Text
from backend.core.http.titles import TITLES
from backend.core.http.views import DomainView

ROOT = Path(__file__).resolve().parents[2]
CANARY = "kanarie-7731"

_raised: list[Callable[[], Exception]] = []


class Note(StrictSerializer):
    body = Text(max_length=20)


class Raising(DomainView):
    """Raises what the test says; POST reads a note first."""

    authentication_classes = []
    permission_classes = [AllowAny]
    repeatable = False

    def get(self, request: Request) -> Response:
        raise _raised[0]()

    def post(self, request: Request) -> Response:
        return Response(self.read(Note))


def plain(request: HttpRequest) -> HttpResponse:
    raise _raised[0]()


async def plain_async(request: HttpRequest) -> HttpResponse:
    raise _raised[0]()


urlpatterns = [path("view", Raising.as_view()), path("plain", plain), path("async", plain_async)]
handler400 = "backend.core.http.problems.reply_400"
handler403 = "backend.core.http.problems.reply_403"
handler404 = "backend.core.http.problems.reply_404"
handler500 = "backend.core.http.problems.reply_500"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def raising() -> Iterator[Callable[[Callable[[], Exception]], None]]:
    yield lambda make: _raised.insert(0, make)
    _raised.clear()


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem in a reply, checked against RFC 9457 and the contract."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(response.content)
    assert told.keys() - {"errors"} == {"type", "title", "status", "code", "request_id"}
    assert told["type"] == f"urn:naast:problem:{code}"
    assert (told["status"], told["code"]) == (status, code)
    assert told["title"]
    assert told["request_id"] == response["X-Request-Id"]
    assert CANARY not in response.content.decode()
    for fault in told.get("errors", []):
        assert fault.keys() == {"pointer", "code", "detail"}
        assert fault["detail"]
    return told


REFUSALS: list[tuple[Callable[[], Exception], int, str]] = [
    (errors.Invalid, 400, "invalid"),
    (errors.SignInNeeded, 401, "sign_in_needed"),
    (errors.Forbidden, 403, "forbidden"),
    (errors.NotFound, 404, "not_found"),
    (lambda: errors.Conflict("state_conflict"), 409, "state_conflict"),
    (errors.Stale, 412, "stale"),
    (errors.PreconditionNeeded, 428, "if_match_needed"),
    (lambda: errors.TooMany(retry_after=0.2), 429, "too_many"),
    (errors.Unavailable, 503, "unavailable"),
    (lambda: drf.ValidationError({"body": [CANARY]}), 400, "invalid"),
    (lambda: drf.ParseError(CANARY), 400, "malformed"),
    (lambda: drf.NotAuthenticated(CANARY), 401, "sign_in_needed"),
    (lambda: drf.AuthenticationFailed(CANARY), 401, "sign_in_needed"),
    (lambda: drf.PermissionDenied(CANARY), 403, "forbidden"),
    (lambda: drf.NotFound(CANARY), 404, "not_found"),
    (lambda: drf.Throttled(wait=3), 429, "too_many"),
    (lambda: drf.UnsupportedMediaType(CANARY), 415, "media_type_unsupported"),
    (lambda: PermissionDenied(CANARY), 403, "forbidden"),
    (lambda: Http404(CANARY), 404, "not_found"),
    (lambda: SuspiciousOperation(CANARY), 400, "bad_request"),
    (lambda: OperationalError(CANARY), 503, "unavailable"),
    (lambda: ValueError(CANARY), 500, "fault"),
    (lambda: IntegrityError(f"Key (alias)=({CANARY}) exists"), 500, "fault"),
]


@pytest.mark.parametrize("where", ["/view", "/plain", "/async"])
@pytest.mark.parametrize(("make", "status", "code"), REFUSALS)
def test_every_exception_is_a_problem_everywhere(
    raising: Callable[[Callable[[], Exception]], None],
    make: Callable[[], Exception],
    status: int,
    code: str,
    where: str,
) -> None:
    raising(make)
    problem(Client(raise_request_exception=False).get(where), status, code)


@pytest.mark.parametrize("where", ["/view", "/plain", "/async"])
async def test_the_same_by_asgi(raising: Callable[[Callable[[], Exception]], None], where: str) -> None:
    client = AsyncClient(raise_request_exception=False)
    raising(errors.Stale)
    problem(await client.get(where), 412, "stale")
    raising(lambda: ValueError(CANARY))
    problem(await client.get(where), 500, "fault")
    problem(await client.get("/nothing/here"), 404, "not_found")


def test_when_to_come_back(raising: Callable[[Callable[[], Exception]], None]) -> None:
    for given, told in ((0.2, "1"), (1.0, "1"), (1.2, "2"), (59.001, "60")):
        raising(lambda wait=given: errors.TooMany(retry_after=wait))  # type: ignore[misc]
        assert Client().get("/view")["Retry-After"] == told
    raising(errors.Unavailable)
    assert Client().get("/plain")["Retry-After"] == "1"


def test_who_has_no_session_learns_how_to_show_one(raising: Callable[[Callable[[], Exception]], None]) -> None:
    raising(errors.SignInNeeded)
    assert Client().get("/view")["WWW-Authenticate"] == "Bearer"


def test_a_fault_is_logged_by_place_and_not_by_words(
    raising: Callable[[Callable[[], Exception]], None], caplog: pytest.LogCaptureFixture
) -> None:
    def make() -> Exception:
        fault = ValueError(CANARY)
        fault.__cause__ = KeyError(CANARY)
        return fault

    raising(make)
    with structlog.testing.capture_logs() as lines:
        Client(raise_request_exception=False).post(f"/plain?{CANARY}", {"body": CANARY}, "application/json")
    (fault,) = [line for line in lines if line["log_level"] == "error"]
    assert (fault["error"], fault["causes"]) == ("ValueError", ["KeyError"])
    assert fault["frames"][-1].endswith(" plain")
    assert CANARY not in str(lines) + caplog.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"body": "kanarie-7731', 400, "malformed"),
        (b'{"body": "\xff kanarie-7731"}', 400, "malformed"),
        (b'{"body": "\\ud800"}', 400, "malformed"),
        (b'{"body": NaN}', 400, "malformed"),
        (b"[" * 60_000, 400, "malformed"),
        (b"", 400, "invalid"),
        (b"\xef\xbb\xbf{}", 400, "malformed"),
        (b'"kanarie-7731"', 400, "invalid"),
        (b'{"body": "' + b"k" * 70_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_bodies_that_are_not_read(body: bytes, status: int, code: str) -> None:
    problem(Client().generic("POST", "/view", body, "application/json"), status, code)


def test_other_media_methods_and_wishes() -> None:
    client = Client()
    problem(client.post("/view", {"body": CANARY}), 415, "media_type_unsupported")
    problem(client.generic("POST", "/view", b"{}", "application/json; charset=" + CANARY), 400, "invalid")
    not_there = client.delete("/view")
    problem(not_there, 405, "method_not_allowed")
    assert not_there["Allow"] == "GET, POST, HEAD, OPTIONS"
    problem(client.generic(CANARY.upper(), "/view"), 405, "method_not_allowed")
    problem(client.get("/view", headers={"Accept": f"text/{CANARY}"}), 406, "not_acceptable")
    problem(client.get("/nothing/here"), 404, "not_found")
    problem(client.get(f"/view?{CANARY}=1"), 400, "parameter_unknown")
    problem(client.post(f"/view?{CANARY}=1", b"{}", "application/json"), 400, "parameter_unknown")


def test_pointers_of_nested_faults(raising: Callable[[Callable[[], Exception]], None]) -> None:
    detail: Any = {
        "title": [drf.ErrorDetail("", "blank")],
        "a/b~c": [drf.ErrorDetail("", "null")],
        "days": {"mon": [{}, {"from": [drf.ErrorDetail("", "not_moment")]}]},
        "languages": {1: [drf.ErrorDetail("", "invalid_choice")]},
        "non_field_errors": [drf.ErrorDetail("", "unknown_field"), drf.ErrorDetail("", "from a library")],
    }
    raising(lambda: drf.ValidationError(detail))
    told = problem(Client().get("/view"), 400, "invalid")
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [
        ("/title", "text_empty"),
        ("/a~1b~0c", "not_null"),
        ("/days/mon/1/from", "not_moment"),
        ("/languages/1", "not_choice"),
        ("", "unknown_field"),
        ("", "invalid"),
    ]


def test_field_faults_of_an_action(raising: Callable[[Callable[[], Exception]], None]) -> None:
    fault = FieldError("/consents/account", "required")
    raising(lambda: errors.Invalid(errors=(fault, FieldError("/x", "invalid", "Told by the action."))))
    told = problem(Client().get("/view"), 400, "invalid")
    assert told["errors"][0] == {
        "pointer": "/consents/account", "code": "required", "detail": "This is needed."
    }  # fmt: skip
    assert told["errors"][1]["detail"] == "Told by the action."


def test_the_reader_s_language(raising: Callable[[Callable[[], Exception]], None]) -> None:
    raising(errors.NotFound)
    response = Client().get("/view", headers={"Accept-Language": "nl-BE, en;q=0.5"})
    assert response["Content-Language"] == "nl"
    assert problem(response, 404, "not_found")["title"]


# Every code that the code can tell has a title.


def find_errors() -> set[type[DomainError]]:
    """Every kind of refusal in the project."""
    for root in ("backend", "messaging", "moderation", "peers"):
        for module in walk_packages([str(ROOT / root)], f"{root}."):
            if not re.search(r"\.(settings|migrations|asgi|serve)\b", module.name):
                import_module(module.name)

    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for sub in kind.__subclasses__():
            if not sub.__module__.startswith("tests."):
                yield sub
                yield from below(sub)

    return set(below(DomainError))


def find_codes() -> Iterator[tuple[str, str]]:
    """Each code written in a call that makes a refusal or a field's fault, and each of a field's messages."""
    raisers = {kind.__name__ for kind in find_errors()} | {"FieldError", "ErrorDetail", "fail"}
    second = {"FieldError", "ErrorDetail"}
    for root in ("backend", "messaging", "moderation", "peers"):
        for file in (ROOT / root).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = 1 if name in second else 0
                if name in raisers and len(node.args) > place:
                    given = node.args[place]
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value, f"{file.relative_to(ROOT)}:{node.lineno}"


def test_every_code_has_a_title() -> None:
    kinds = find_errors()
    assert Fault in kinds
    assert len(kinds) > 20
    untitled = {kind.code: kind.__qualname__ for kind in kinds if kind.code not in TITLES}
    codes = dict(find_codes())
    assert codes.keys() >= {"state_conflict", "not_uuid", "hours_malformed"}
    drf_codes = {"invalid_choice", "not_a_list"}
    untitled |= {code: place for code, place in codes.items() if code not in TITLES and code not in drf_codes}
    assert untitled == {}


def test_codes_are_stable_words() -> None:
    assert [code for code in TITLES if not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", code)] == []
