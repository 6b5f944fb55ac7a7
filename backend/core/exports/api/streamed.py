"""A file sent piece by piece: one is in memory at a time, whichever kind of server asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import StreamingHttpResponse


class StreamedFile(StreamingHttpResponse):
    """Django would collect a plain iterator before an ASGI server sends the first byte."""

    def __init__(self, pieces: Iterator[bytes], *, size: int) -> None:
        super().__init__(
            pieces,
            content_type="application/json",
            headers={"Content-Length": str(size), "Content-Disposition": 'attachment; filename="data.json"'},
        )

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._sent()

    async def _sent(self) -> AsyncIterator[bytes]:
        pieces = cast("Iterator[bytes]", self.streaming_content)
        step = sync_to_async(_step, thread_sensitive=False)
        while (piece := await step(pieces)) is not None:
            yield piece


def _step(pieces: Iterator[bytes]) -> bytes | None:
    """In a thread of its own, whose connections go back to the pool."""
    try:
        return next(pieces, None)
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
