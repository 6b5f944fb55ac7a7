"""What every reply has, by WSGI and by ASGI; what the log tells and what it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory
from django.urls import path
from django.utils import translation

from backend.core.http.bodies import limit_bodies
from backend.core.http.middleware import EdgeMiddleware, read_language
from backend.core.http.problems import request_id

CANARY = "kanarie-7731"


def show(request: HttpRequest, word: str = "") -> HttpResponse:
    """The language and request id that a view sees; tries to leave a cookie."""
    response = HttpResponse(f"{translation.get_language()} {request_id.get()}")
    response.set_cookie("trace", "me")
    return response


async def show_async(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return show(request)


def show_own(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        headers={"Cache-Control": "public, max-age=60", "Content-Security-Policy": "default-src 'self'"}
    )


urlpatterns = [
    path("sync", show),
    path("sync/<str:word>", show),
    path("async", show_async),
    path("own", show_own),
]
handler404 = "backend.core.http.problems.reply_404"
pytestmark = pytest.mark.urls(__name__)

Get = Callable[..., Awaitable[Any]]


async def get_by_wsgi(target: str, **headers: str) -> Any:
    return await asyncio.to_thread(Client(headers=headers).get, target)


async def get_by_asgi(target: str, **headers: str) -> Any:
    return await AsyncClient().get(target, headers=headers)


@pytest.fixture(params=[get_by_wsgi, get_by_asgi])
def get(request: pytest.FixtureRequest) -> Get:
    made: Get = request.param
    return made


TARGETS = ["/sync", "/async", "/nothing/here", "/own"]


@pytest.mark.parametrize("target", TARGETS)
async def test_headers_of_every_reply(get: Get, target: str) -> None:
    response = await get(target)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Accept-Language" in response["Vary"]
    assert not response.cookies
    assert "Strict-Transport-Security" not in response
    assert int(response["Content-Length"]) == len(response.content)
    if target == "/own":
        assert response["Cache-Control"] == "public, max-age=60"
        assert response["Content-Security-Policy"] == "default-src 'self'"
    else:
        assert response["Cache-Control"] == "no-store"
        assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_over_tls_browsers_are_told_to_stay_there() -> None:
    assert "max-age=63072000" in Client().get("/sync", secure=True)["Strict-Transport-Security"]


@pytest.mark.parametrize("target", ["/sync", "/async"])
async def test_a_request_has_an_id_of_its_own(get: Get, target: str) -> None:
    one, other = await get(target), await get(target, **{"X-Request-Id": CANARY})
    assert one.content.decode().split()[1] == one["X-Request-Id"]
    assert len({one["X-Request-Id"], other["X-Request-Id"], CANARY}) == 3
    assert request_id.get() == ""


@pytest.mark.parametrize("target", ["/sync", "/async"])
async def test_requests_at_once_keep_their_languages_apart(target: str) -> None:
    languages = ["nl", "en", "es", "ro", "bg", "hu"] * 4
    replies = await asyncio.gather(*(get_by_asgi(target, **{"Accept-Language": one}) for one in languages))
    assert [reply.content.decode().split()[0] for reply in replies] == languages
    assert [reply["Content-Language"] for reply in replies] == languages
    assert translation.get_language() == "en"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        ("fr, de;q=0.9, es;q=0.5, nl;q=0.2", "es"),
        ("EN-us", "en"),
        ("bg-Cyrl-BG", "bg"),
        ("fr", "en"),
        ("*", "en"),
        ("nl;q=0, hu", "hu"),
        (f"{CANARY};;;q=,,\x00", "en"),
        ("nl," * 5000, "nl"),
    ],
)
def test_the_language_that_is_read_best(header: str, language: str) -> None:
    assert read_language(header) == language


async def test_another_host_is_refused(get: Get) -> None:
    response = await get("/sync", Host=f"{CANARY}.example")
    assert (response.status_code, response.json()["code"]) == (400, "host_unknown")
    assert CANARY not in response.content.decode()
    assert response["X-Content-Type-Options"] == "nosniff"


async def test_the_log_names_the_route_and_nobody(get: Get) -> None:
    with structlog.testing.capture_logs() as lines:
        await get(f"/sync/{CANARY}?q={CANARY}", Authorization=f"Bearer {CANARY}", Cookie=f"a={CANARY}")
        await get(f"/{CANARY}/here")
    assert [(line["route"], line["method"], line["status"]) for line in lines] == [
        ("sync/<str:word>", "GET", 200),
        ("unknown", "GET", 404),
    ]
    assert lines[0].keys() == {"route", "method", "status", "ms", "event", "log_level"}
    assert CANARY not in str(lines)
    assert "127.0.0.1" not in str(lines)


def test_a_made_up_method_is_not_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        Client().generic(CANARY.upper(), "/sync")
    assert lines[0]["method"] == "OTHER"


async def test_no_hop_to_a_thread_by_asgi() -> None:
    """The middleware itself runs on the loop: the view is awaited where the request came in."""
    seen: list[object] = []

    async def view(request: HttpRequest) -> HttpResponse:
        seen.append(asyncio.current_task())
        return HttpResponse()

    edge = EdgeMiddleware(view)
    assert iscoroutinefunction(edge)
    made: Any = edge(AsyncRequestFactory().get("/sync"))
    await made
    assert seen == [asyncio.current_task()]


def test_synchronous_too() -> None:
    edge = EdgeMiddleware(lambda request: HttpResponse(b"x"))
    assert not iscoroutinefunction(edge)
    response: Any = edge(RequestFactory().get("/sync"))
    assert response["X-Request-Id"]


# Bodies, before Django.


async def read_all(receive: Callable[[], Awaitable[Any]]) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def send_body(
    chunks: list[bytes], headers: dict[bytes, bytes], *, leave: bool = False
) -> tuple[list[Any], bytes | None]:
    """What is sent back, and the body that the application read (None: it was not called)."""
    read: list[bytes] = []
    sent: list[Any] = []
    given = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    given.append({"type": "http.disconnect"} if leave else {"type": "http.request", "body": b""})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        read.append(await read_all(receive))

    async def receive() -> Any:
        return given.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers.items())}
    await limit_bodies(app)(scope, receive, send)
    return sent, read[0] if read else None


async def test_a_body_arrives_whole() -> None:
    assert await send_body([b"ab", b"", b"cd"], {b"content-length": b"4"}) == ([], b"abcd")
    assert await send_body([], {}) == ([], b"")
    assert await send_body([b"k" * 65536], {}) == ([], b"k" * 65536)


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [
        ([], {b"content-length": b"65537"}),
        ([], {b"content-length": b"9" * 5000}),
        ([], {b"content-length": b"-1"}),
        ([b"k" * 65536, b"k"], {b"transfer-encoding": b"chunked"}),
        ([b"k" * 40000, b"k" * 40000], {b"content-length": b"1"}),
    ],
)
async def test_a_body_beyond_the_limit_is_not_read(chunks: list[bytes], headers: dict[bytes, bytes]) -> None:
    sent, read = await send_body(chunks, headers | {b"accept-language": b"nl"})
    assert read is None
    assert sent[0]["status"] == 413
    told = dict(sent[0]["headers"])
    assert told[b"content-type"] == b"application/problem+json"
    assert told[b"x-content-type-options"] == b"nosniff"
    assert told[b"x-request-id"] in sent[1]["body"]
    assert b"body_too_large" in sent[1]["body"]


async def test_who_leaves_midway_is_forgotten() -> None:
    assert await send_body([b"ab"], {}, leave=True) == ([], None)


def test_nothing_stays_behind_on_a_thread() -> None:
    Client().get("/sync", headers={"Accept-Language": "nl"})
    assert translation.get_language() == "en"
    assert structlog.contextvars.get_contextvars() == {}
    assert request_id.get() == ""
