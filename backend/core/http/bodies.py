"""The size of bodies, limited before Django reads them: it would put any amount on the disk first."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.utils import translation

from backend.core.http.middleware import HEADERS, read_language
from backend.core.http.problems import TooLarge, problem_response, request_id

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


def limit_bodies(app: App) -> App:
    """Wrap an ASGI application: a body beyond DATA_UPLOAD_MAX_MEMORY_SIZE is answered by 413, unread."""

    async def run(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced[:20]) > limit:
            return await _refuse(headers, send)
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > limit:
                return await _refuse(headers, send)
            if not message.get("more_body", False):
                break
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return await app(scope, replay, send)

    return run


async def _refuse(headers: dict[bytes, bytes], send: Send) -> None:
    token = request_id.set(secrets.token_urlsafe(12))
    try:
        with translation.override(read_language(headers.get(b"accept-language", b"").decode("latin-1"))):
            response = problem_response(None, TooLarge())
        told = {**HEADERS, "Content-Type": response["Content-Type"], "X-Request-Id": request_id.get()}
    finally:
        request_id.reset(token)
    told |= {"Content-Length": str(len(response.content)), "Connection": "close"}
    encoded = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": encoded})
    await send({"type": "http.response.body", "body": response.content})
