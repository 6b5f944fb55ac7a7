"""What the Channels tutorial builds: a JSON consumer that joins a group of a Redis channel layer."""

import os
from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bench-only",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    LOGGING_CONFIG=None,
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": os.environ["BENCH_LAYER"],
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    },
)
django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402  (settings come first)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class Consumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Sends what it receives to its group."""

    async def connect(self) -> None:
        self.group = "group" + self.scope["query_string"].decode().partition("=")[2]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: Any, **_: Any) -> None:
        await self.channel_layer.group_send(self.group, {"type": "talk.message", "message": content})

    async def talk_message(self, event: Any) -> None:
        await self.send_json(event["message"])


app = ProtocolTypeRouter({"websocket": URLRouter([path("ws", Consumer.as_asgi())])})
