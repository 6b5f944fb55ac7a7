"""Whether this process can do its work: names of what fails, and nothing about why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import redis
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

ALIASES = ("default", "keystore")
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


def find_failing() -> list[str]:
    """The names of the checks that fail; empty when all is well."""
    return [name for name, check in CHECKS.items() if name != settings.READY_WITHOUT and not _passes(check)]


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, redis.RedisError):
        return False


def _reaches(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _is_migrated() -> bool:
    for alias in ALIASES:
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
    return True


def _is_durable() -> bool:
    """Whether what is told as accepted survives a crash."""
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            for name in DURABILITY:
                cursor.execute("SELECT current_setting(%s)", [name])
                if cursor.fetchone() == ("off",):
                    return False
    return True


def _rings() -> bool:
    if not settings.REDIS_URL:
        return True
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        return bool(client.ping())


CHECKS: Mapping[str, Callable[[], bool]] = {
    "database": lambda: _reaches("default"),
    "keystore": lambda: _reaches("keystore"),
    "migrations": _is_migrated,
    "durability": _is_durable,
    "ring": _rings,
}
