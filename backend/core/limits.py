"""Rate limits: GCRA, atomic, in Redis where there is one and else in a table. Neither ever holds who was limited.

A key is an HMAC with a key that changes each day (UTC): no prefix of an access code and no network is stored, and rows
of two days cannot be joined. The clock comes from the caller; set back, it frees nobody and makes nobody wait for long:
a key is never further ahead of it than its room.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.core import pending
from backend.core.errors import TooMany, Unavailable
from backend.core.models import Limit as LimitRow
from backend.core.sealing.keyring import keyring

Fails = Literal["closed", "open"]
LOCAL_KEPT = 50_000  # states that one process keeps of its own limits
SWEPT = 1_000  # rows at a time


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` per `per_s` seconds in the long run, and at most `burst` at once (as many as `count` if not given)."""

    count: int
    per_s: float
    burst: int = 0

    @property
    def step(self) -> timedelta:
        """How much later each one makes the key free again."""
        return timedelta(seconds=self.per_s / self.count)

    @property
    def room(self) -> timedelta:
        """How far ahead of the clock a key may be."""
        return self.step * (self.burst or self.count)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a view. `fails` says what happens while the store is away; `local` counts in this process only."""

    name: str
    rate: Rate
    fails: Fails = "closed"
    local: bool = False


def take(*, name: str, key: str | bytes, rate: Rate, now: datetime, fails: Fails = "closed") -> None:
    """Take one. Raises `TooMany`; `Unavailable` when the store is away and the limit fails closed.

    Counts even when a write that runs around it is undone.
    """
    hashed = _hash(name, key, now)
    try:
        wait = _take_in_redis(hashed, rate, now) if settings.REDIS_URL else _take_in_table(hashed, rate, now)
    except (redis.RedisError, DatabaseError) as away:
        if fails == "closed":
            raise Unavailable from away
        return
    if wait is not None:
        raise TooMany(retry_after=wait.total_seconds())


def take_local(*, name: str, key: str | bytes, rate: Rate, now: datetime) -> None:
    """Take one of what this process alone counts: against floods, not against guessing. Raises `TooMany`."""
    hashed = _hash(name, key, now)
    with _local_lock:
        free_at = min(max(_local.pop(hashed, now), now), now + rate.room) + rate.step
        allowed = free_at - now <= rate.room
        _local[hashed] = free_at if allowed else free_at - rate.step
        while len(_local) > LOCAL_KEPT:
            _local.popitem(last=False)
    if not allowed:
        raise TooMany(retry_after=(free_at - rate.room - now).total_seconds())


_local: OrderedDict[bytes, datetime] = OrderedDict()
_local_lock = threading.Lock()


def coarse_network(request: HttpRequest) -> bytes:
    """The caller's /24 (IPv4) or /48 (IPv6), hashed with the day's key; without an address, one for all of those."""
    now = timezone.now()
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return _hash("network", b"", now)
    address = getattr(address, "ipv4_mapped", None) or address
    size = 24 if address.version == 4 else 48
    return _hash("network", ipaddress.ip_network((address, size), strict=False).network_address.packed, now)


def sweep(now: datetime) -> int:
    """Drop rows of limits that are free again; → how many, 0 when there are no more."""
    over = LimitRow.objects.filter(free_at__lte=now).values("key")[:SWEPT]
    return LimitRow.objects.filter(key__in=over).delete()[0]


def _hash(name: str, key: str | bytes, now: datetime) -> bytes:
    text = key.encode() if isinstance(key, str) else key
    return hmac.digest(_day_key(now.astimezone(UTC).date().isoformat()), name.encode() + b"\0" + text, hashlib.sha256)


@functools.lru_cache(maxsize=4)
def _day_key(day: str) -> bytes:
    ring = keyring()
    return hmac.digest(ring.derived("limits", ring.version), day.encode(), hashlib.sha256)


_TAKE = """
INSERT INTO core_limit (key, free_at) VALUES (%(key)s, %(now)s + %(step)s)
ON CONFLICT (key) DO UPDATE SET free_at = greatest(core_limit.free_at, %(now)s) + %(step)s
WHERE greatest(core_limit.free_at, %(now)s) + %(step)s <= %(now)s + %(room)s
RETURNING free_at
"""


_CLAMP = """
UPDATE core_limit SET free_at = least(free_at, %(now)s + %(room)s) WHERE key = %(key)s RETURNING free_at
"""


def _take_in_table(key: bytes, rate: Rate, now: datetime) -> timedelta | None:
    """None if there was room, else how long until there is."""
    if pending.running.get() is None:
        return _take_by(connection, key, rate, now)
    # Beside the running write: what is refused there must count here.
    beside = connection.copy()
    try:
        return _take_by(beside, key, rate, now)
    finally:
        beside.close()


def _take_by(database: BaseDatabaseWrapper, key: bytes, rate: Rate, now: datetime) -> timedelta | None:
    given: dict[str, Any] = {"key": key, "now": now, "step": rate.step, "room": rate.room}
    with database.cursor() as cursor:
        cursor.execute(_TAKE, given)
        if cursor.fetchone():
            return None
        cursor.execute(_CLAMP, given)
        row = cursor.fetchone()
    free_at = row[0] if row else now
    return max(free_at + rate.step - rate.room - now, timedelta(milliseconds=1))


# Times in microseconds. Returns how long to wait, 0 if there was room.
_SCRIPT = """
local now, step, room = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = tonumber(redis.call('GET', KEYS[1]) or now)
local free_at = math.min(math.max(kept, now), now + room)
local wait = free_at + step - now - room
if wait <= 0 then free_at = free_at + step end
if wait <= 0 or free_at < kept then
  redis.call('SET', KEYS[1], string.format('%.0f', free_at), 'PX', math.ceil((free_at - now) / 1000))
end
return math.max(wait, 0)
"""


@functools.cache
def _redis(url: str) -> redis.Redis:
    # Once more, at once, for a connection that has gone stale; whoever waits here waits with a request.
    again = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=again)


def _take_in_redis(key: bytes, rate: Rate, now: datetime) -> timedelta | None:
    us = timedelta(microseconds=1)
    args = [round(now.timestamp() * 1_000_000), rate.step // us, rate.room // us]
    wait = _redis(settings.REDIS_URL).eval(_SCRIPT, 1, b"limit:" + key, *args)
    return timedelta(microseconds=int(wait)) if wait else None
