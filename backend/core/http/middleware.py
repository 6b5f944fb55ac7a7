"""The edge: one middleware for what every reply has, synchronous and asynchronous alike."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from backend.core.errors import Invalid
from backend.core.http import figures
from backend.core.http.problems import problem_response, read_exception, request_id
from backend.core.vocabulary import DEFAULT_LANGUAGE, UI_LANGUAGES

log = structlog.stdlib.get_logger("naast.access")

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Respond = Callable[[HttpRequest], HttpResponseBase]

_with_cookies: set[str] = set()


def allow_cookies(*, namespace: str) -> None:
    """Called at `ready()` by whose routes have cookies: those of the console. All others' replies lose theirs."""
    _with_cookies.add(namespace)


class EdgeMiddleware:
    """Request id, language, security headers, no cookies but the console's, one log line without address and query."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Respond | Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response: Any = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer(request)
        with _Visit(request) as visit:
            return visit.finish(visit.refusal() or self.get_response(request))

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with _Visit(request) as visit:
            return visit.finish(visit.refusal() or await self.get_response(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal from a view outside DRF."""
        error = read_exception(exception)
        return None if error is None else problem_response(request, error)


class _Visit:
    """What is set up before a request and taken down after it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.began = time.perf_counter()
        self.id = secrets.token_urlsafe(12)

    def __enter__(self) -> _Visit:
        self.token = request_id.set(self.id)
        self.bound = structlog.contextvars.bind_contextvars(request_id=self.id)
        translation.activate(read_language(self.request.headers.get("Accept-Language", "")))
        return self

    def __exit__(self, *_: object) -> None:
        translation.deactivate()
        structlog.contextvars.reset_contextvars(**self.bound)
        request_id.reset(self.token)

    def refusal(self) -> HttpResponse | None:
        """The reply to who asks under another host's name."""
        try:
            self.request.get_host()
        except DisallowedHost:
            return problem_response(self.request, Invalid("host_unknown"))
        return None

    def finish(self, response: HttpResponseBase) -> HttpResponseBase:
        """Headers and the log line."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response["X-Request-Id"] = self.id
        response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ["Accept-Language"])
        if response.status_code == 204:
            response.headers.pop("Content-Type", None)  # of nothing
        if isinstance(response, HttpResponse) and response.status_code not in (204, 304):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if self.request.is_secure():
            response["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        match = self.request.resolver_match
        if match is None or not _with_cookies.intersection(match.namespaces):
            response.cookies.clear()
        route = match.route if match else "unknown"
        method = self.request.method if self.request.method in METHODS else "OTHER"
        took = time.perf_counter() - self.began
        figures.count_request(route=route, method=method, status=response.status_code, seconds=took)
        log.info("request", route=route, method=method, status=response.status_code, ms=round(took * 1000, 1))
        return response


def read_language(header: str) -> str:
    """The first language of `Accept-Language` that there are texts in; English when there is none."""
    for tag, _ in parse_accept_lang_header(header):
        language = tag.split("-", maxsplit=1)[0]
        if language in UI_LANGUAGES:
            return language
    return DEFAULT_LANGUAGE
