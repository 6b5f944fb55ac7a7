"""What tests of the API share: how a refusal looks, how an inbox reads, how several do something at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import orjson
from django.db import connection, connections

from backend.core.accounts.models import Account
from backend.core.errors import DomainError
from backend.core.streams import store

T = TypeVar("T")

API = "/api/v1"


def refused(response: Any, status: int, code: str, *pointers: str) -> None:
    """The reply is this problem, at these places of the body."""
    assert response["Content-Type"] == "application/problem+json", response.content
    told = orjson.loads(response.content)
    assert (response.status_code, told["code"]) == (status, code), told
    assert {fault["pointer"] for fault in told.get("errors", [])} >= set(pointers), told


def codes_at(response: Any) -> dict[str, str]:
    """Pointer → code of each fault in the input."""
    assert response.status_code == 400, response.content
    return {fault["pointer"]: fault["code"] for fault in orjson.loads(response.content)["errors"]}


def inbox_of(account: Account) -> list[dict[str, Any]]:
    """Everything that the account's inbox tells, in order."""
    return [orjson.loads(item.data) for item in store.since(stream=account.inbox, after=0)[1] if item.data]


def together(*acts: Callable[[], T]) -> list[T | DomainError]:
    """Do all of it at the same moment, each on a connection of its own; → results or refusals, in the order given."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | DomainError:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def dump_databases() -> str:
    """All rows of both databases as text; bytes both as hexadecimal and, where they are text, as they read."""
    shown = []
    for alias in ("default", "keystore"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                shown += [row[0] for row in cursor.fetchall()]
    return "\n".join(shown)
