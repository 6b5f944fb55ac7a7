"""uvicorn's WebSocket protocol, with its transport handed to the application: a frame made once is written as it is.

uvicorn's own `send` builds the frame anew for each socket and waits for each; raw writes bypass its flow control, so
the hub's (`pause`, `unpause`) takes its place. `scope["extensions"]["naast.transport"]` is this object.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from backend.core.streams.wire import is_control, is_part_of_text, read_texts

FULL = 192 * 1024  # bytes unsent at which a socket is paused; one more write of up to 64 KiB may have come with it
ROOM = 32 * 1024  # … and taken up again


class EventQueue:
    """Events for one reader. An `asyncio.Queue` does more, and takes 3 KiB of each idle socket for it."""

    __slots__ = ("events", "reader")

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.reader: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        """Add one; never waits."""
        self.events.append(event)
        if self.reader is not None and not self.reader.done():
            self.reader.set_result(None)

    def empty(self) -> bool:
        """Whether nothing waits to be read."""
        return not self.events

    async def get(self) -> Any:
        """The oldest, once there is one. A reader that gives up takes none away."""
        while not self.events:
            self.reader = asyncio.get_running_loop().create_future()
            await self.reader
        return self.events.pop(0)


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket connection that the hub writes to directly."""

    on_text: Callable[[bytes], None] | None = None
    on_full: Callable[[], None] | None = None
    on_room: Callable[[], None] | None = None
    on_shutdown: Callable[[], None] | None = None
    plain = False
    part = b""  # the beginning of a text frame

    def connection_made(self, transport: Any) -> None:
        self.queue = EventQueue()  # type: ignore[assignment]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=FULL, low=ROOM)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["naast.transport"] = self  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Plain text frames go straight to whoever asked for them; the parser, which takes 7 µs for one, gets the rest.

        `plain`: what the parser has got so far ends with a frame. After anything that is not simple it never is again.
        """
        if not self.handshake_initiated:
            super().data_received(data)
            self.plain = data.endswith(b"\r\n\r\n")
            return
        if self.part:
            data, self.part = self.part + data, b""
        at = 0
        if self.plain and self.conn.state is State.OPEN:
            texts, at = read_texts(data)
            if self.on_text is None:
                self.plain, at = at == len(data), 0
            else:
                for text in texts:
                    self.on_text(text)
                if at == len(data):
                    return
                if is_part_of_text(data, at):
                    self.part = data[at:]
                    return
                self.plain = is_control(data, at)
        super().data_received(data[at:])

    def handle_text(self, event: Frame) -> None:
        """A whole text frame goes straight to whoever asked for it; anything else takes the usual way."""
        if self.on_text is not None and event.fin and event.opcode is Opcode.TEXT and not self.close_sent:
            self.on_text(bytes(event.data))
        else:
            super().handle_text(event)

    def send_receive_event_to_app(self) -> None:
        """The same for a text that came in pieces. Before anybody has asked: what is not UTF-8 ends it, unlogged."""
        if self.curr_msg_data_type == "text":
            data, self.frames = b"".join(self.frames), []
            if self.on_text is not None and not self.close_sent:
                self.on_text(data)
                return
            if not _is_utf8(data):
                if self.conn.state is State.OPEN:  # else the goodbye has come already, in the same read
                    self.conn.send_close(1007)
                    self.handle_parser_exception()
                return
            self.frames = [data]
        super().send_receive_event_to_app()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.on_full is not None:
            self.on_full()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_room is not None:
            self.on_room()

    def shutdown(self) -> None:
        """The process stops: the application says goodbye with a code that may be resumed, not uvicorn with 1012."""
        if self.on_shutdown is not None and self.handshake_complete and not self.close_sent:
            self.on_shutdown()
        else:
            super().shutdown()

    def write(self, frame: bytes) -> None:
        """Send a finished frame. A connection that is gone, though nobody has been told so yet, takes nothing."""
        if not self.transport.is_closing():  # uvloop raises, and those whose turn is next would miss the frame
            self.transport.write(frame)

    def unsent(self) -> int:
        """Bytes that wait in this process."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """Cut the connection; what is unsent is dropped."""
        self.transport.abort()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
