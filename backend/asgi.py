"""The ASGI application.

HTTP by Django, the socket by `messaging.consumers`, both started and stopped with the process.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings.dev")

from django.core.asgi import get_asgi_application

django = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from backend.core.accounts.api import tickets
from backend.core.http.bodies import limit_bodies
from backend.core.http.quick import answer_quickly
from messaging.api import messages
from messaging.consumers import BAD_PROTOCOL, socket
from messaging.process import Process

Message = MutableMapping[str, Any]


async def lifespan(
    scope: Any, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Start the process's runtime before the first connection, stop it after the last."""
    process = Process()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await process.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await process.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def no_socket(
    scope: Any, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Any other address. Accepted first: see `messaging.consumers`."""
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": BAD_PROTOCOL})


sockets = URLRouter([path("ws", cast(Any, socket)), re_path("", cast(Any, no_socket))])
web = limit_bodies(answer_quickly(django, [messages.QUICK, tickets.QUICK]))
application = ProtocolTypeRouter({"http": web, "websocket": sockets, "lifespan": lifespan})
