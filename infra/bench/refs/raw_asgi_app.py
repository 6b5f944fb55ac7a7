"""The floor for an ASGI server: what one member sends goes to all of the group, one frame per message."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

groups: defaultdict[bytes, dict[int, Send]] = defaultdict(dict)


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Websocket only; the query string names the group."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    members = groups[scope["query_string"]]
    members[id(send)] = send
    try:
        while (event := await receive())["type"] == "websocket.receive":
            ready = {"type": "websocket.send", "bytes": event["text"].encode()}
            for member in list(members.values()):
                await member(ready)
    finally:
        members.pop(id(send), None)
