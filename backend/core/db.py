"""The one way to write, and the one way to take due work."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import psycopg
from django.db import connections, models, transaction

from backend.core import audit, pending
from backend.core.streams import store


async def connect_async(*, options: str = "") -> psycopg.AsyncConnection[Any]:
    """A connection of one's own to the default database, outside Django's pool, in autocommit mode.

    `options` are the server's, such as `-c jit=off`.
    """
    params = connections["default"].get_connection_params()
    for key in ("pool", "cursor_factory", "context", "server_side_binding", "prepare_threshold"):
        params.pop(key, None)
    options = f"{params.pop('options', '')} {options}".strip()
    return await psycopg.AsyncConnection.connect(**params, options=options, autocommit=True)


F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=models.Model)


def write(fn: F) -> F:
    """Run `fn` as one durable transaction; joins a running write.

    Just before the outermost commit the collected audit entries are chained, then the stream heads are bumped in
    stream-id order and the events inserted; after the commit the ring rings, and nothing else happens after it.
    """

    @wraps(fn)
    def run(*args: Any, **kwargs: Any) -> Any:
        if pending.running.get() is not None:
            return fn(*args, **kwargs)
        collected = pending.Pending()
        token = pending.running.set(collected)
        try:
            with transaction.atomic(durable=True):
                result = fn(*args, **kwargs)
                audit.chain(collected.audit)
                moved = store.record(collected.events)
                transaction.on_commit(lambda: store.announce(moved))
            return result
        finally:
            pending.running.reset(token)

    return cast(F, run)


def claim(due: models.QuerySet[M], *, limit: int = 100, of: tuple[str, ...] = ()) -> list[M]:
    """Lock up to `limit` due rows that nobody else holds; call it inside the write that acts on them.

    `of` names what is locked when the query joins other tables.
    """
    return list(due.select_for_update(skip_locked=True, of=of)[:limit])
