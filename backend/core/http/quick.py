"""The requests that many clients make at once, answered before Django's request cycle (see `docs/performance.md`).

Only the plain case is answered here. Whatever is unusual (no session, odd input, a refusal, an error) goes to the same
route in Django as if nothing had happened, so that there is one place that refuses. What is answered here is safe to
be asked again.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from backend.core.http import figures
from backend.core.http.bodies import App, Message, Receive, Send
from backend.core.http.body import to_json
from backend.core.http.middleware import HEADERS, read_language

log = structlog.stdlib.get_logger("naast.access")

_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_HEADERS += [(b"content-type", b"application/json"), (b"vary", b"Accept-Language")]


class Ask(NamedTuple):
    """A request: header names in lower case, the whole body."""

    headers: Mapping[bytes, bytes]
    body: bytes


class Reply(NamedTuple):
    """What is answered, as JSON."""

    status: int
    told: Any


Answer = Callable[..., Awaitable[Reply | None]]
"""`answer(ask, **parts of the path)`; None leaves it to Django."""


class Quick(NamedTuple):
    """A route: its pattern (without the leading slash), its name in Django's terms, and who answers."""

    pattern: re.Pattern[str]
    route: str
    answer: Answer


def answer_quickly(app: App, routes: Sequence[Quick]) -> App:
    """Wrap an ASGI application that gets whole bodies: POSTs to these routes are tried here first."""

    async def run(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        found = _find(scope, routes)
        if found is None:
            return await app(scope, receive, send)
        began = time.perf_counter()
        quick, parts = found
        message = await receive()
        headers = dict(scope["headers"])
        reply = await _try(quick, Ask(headers, message.get("body", b"")), parts)
        if reply is not None:
            return await _send(send, reply, headers, quick.route, began)
        told: list[Message] = [message]

        async def replay() -> Message:
            return told.pop() if told else await receive()

        return await app(scope, replay, send)

    return run


def _find(scope: Mapping[str, Any], routes: Sequence[Quick]) -> tuple[Quick, dict[str, str]] | None:
    if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"]:
        return None
    for quick in routes:
        match = quick.pattern.fullmatch(scope["path"])
        if match is not None:
            return quick, match.groupdict()
    return None


async def _try(quick: Quick, ask: Ask, parts: dict[str, str]) -> Reply | None:
    if not _host_allowed(ask.headers.get(b"host", b"")) or b"idempotency-key" in ask.headers:
        return None
    try:
        return await quick.answer(ask, **parts)
    except Exception:  # Django meets it again, and tells it
        return None


@lru_cache(maxsize=64)
def _host_allowed(host: bytes) -> bool:
    return validate_host(split_domain_port(host.decode("latin-1"))[0], settings.ALLOWED_HOSTS)


async def _send(send: Send, reply: Reply, headers: Mapping[bytes, bytes], route: str, began: float) -> None:
    body = to_json(reply.told)
    request_id = secrets.token_urlsafe(12)
    language = read_language(headers.get(b"accept-language", b"").decode("latin-1"))
    own = [
        (b"x-request-id", request_id.encode()),
        (b"content-language", language.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": _HEADERS + own})
    await send({"type": "http.response.body", "body": body})
    took = time.perf_counter() - began
    figures.count_request(route=route, method="POST", status=reply.status, seconds=took)
    ms = round(took * 1000, 1)
    log.info("request", route=route, method="POST", status=reply.status, ms=ms, request_id=request_id)
