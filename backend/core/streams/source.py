"""The hub's source: Django's reads, run in a few threads with their own database connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from django.db import close_old_connections

from backend.core.streams import registry, store
from backend.core.streams.item import Item, View

T = TypeVar("T")
THREADS = 4


class DatabaseSource:
    """Reads streams and views; see `hub.Source`."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="source")

    async def run(self, read: Callable[[], T]) -> T:
        """Run a blocking read in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, _fresh(read))

    async def views(self, account: UUID) -> Mapping[UUID, tuple[int, View]]:
        def read() -> dict[UUID, tuple[int, View]]:
            # Which streams, then their heads, then the views: a view is never older than the head beside it.
            heads = store.heads_of(registry.views_of(account))
            return {s: (heads[s], view) for s, view in registry.views_of(account).items() if s in heads}

        return await self.run(read)

    async def view(self, account: UUID, stream: UUID) -> View | None:
        return await self.run(lambda: registry.views_of(account, stream=stream).get(stream))

    async def since(self, stream: UUID, after: int, limit: int) -> tuple[int, Sequence[Item]]:
        return await self.run(lambda: store.since(stream=stream, after=after, limit=limit))

    async def heads(self, streams: Iterable[UUID]) -> Mapping[UUID, int]:
        return await self.run(lambda: store.heads_of(streams))


def _fresh(read: Callable[[], T]) -> Callable[[], T]:
    """Drop a connection that died while the thread was idle; give it back afterwards."""

    def run() -> T:
        close_old_connections()
        try:
            return read()
        finally:
            close_old_connections()

    return run
