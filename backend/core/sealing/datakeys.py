"""Data keys: one per conversation and per account, made first, wrapped by the keyring, cached for a short while."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from backend.core.sealing import seal, wrapping
from backend.core.sealing.models import DataKey

log = logging.getLogger(__name__)

KIND = "data_key"
KEPT = 20_000  # unwrapped keys per process
KEPT_S = 15 * 60.0
ORPHAN_AFTER = timedelta(days=1)  # a key without an owner by then never gets one
ORPHANS_SOUGHT = timedelta(days=14)  # older keys have been looked at many times
ORPHANS_AT_MOST = 50  # at once; more is a fault (another database, a restore), and a destroyed key never comes back

Existing = Callable[[set[UUID]], set[UUID]]
"""Which of these ids are owners of some kind; one query."""

_cache: OrderedDict[UUID, tuple[float, AESGCM]] = OrderedDict()
_lock = threading.Lock()
_owners: list[Existing] = []


def create_key(*, owner: UUID, at: datetime) -> None:
    """Make the owner's key unless it has one.

    In its own transaction, before the owner's: an orphan is swept, a lack is not.
    """
    DataKey.objects.bulk_create([_fresh(owner, at)], ignore_conflicts=True)


def key_of(owner: UUID) -> AESGCM:
    """The owner's key; `Unreadable` once it has been destroyed."""
    return keys_of([owner])[owner]


def keys_of(owners: Iterable[UUID]) -> dict[UUID, AESGCM]:
    """The keys of all owners with at most one query; `Unreadable` if one is missing."""
    wanted = set(owners)
    found = found_keys(wanted)
    if len(found) < len(wanted):
        raise seal.Unreadable
    return found


def found_keys(owners: Iterable[UUID]) -> dict[UUID, AESGCM]:
    """The keys of those owners that have one, with at most one query."""
    wanted = set(owners)
    found = {owner: key for owner in wanted if (key := cached(owner)) is not None}
    missing = wanted - found.keys()
    if missing:
        for row in DataKey.objects.filter(owner__in=missing):
            found[row.owner] = _remember(row.owner, AESGCM(_unwrap(row)))
    return found


def cached(owner: UUID) -> AESGCM | None:
    """The key if this process has it at hand."""
    entry = _cache.get(owner)
    if entry is None or time.monotonic() - entry[0] > KEPT_S:
        return None
    return entry[1]


def forget(owner: UUID | None = None) -> None:
    """Drop one unwrapped key, or all of them."""
    with _lock:
        if owner is None:
            _cache.clear()
        else:
            _cache.pop(owner, None)


def destroy_key(owner: UUID) -> None:
    """Make everything sealed for this owner unreadable for ever."""
    DataKey.objects.filter(owner=owner).delete()
    forget(owner)


def register_owners(existing: Existing) -> None:
    """Called at `ready()` by each app whose things own keys; without it the sweep would take them for orphans."""
    if existing not in _owners:
        _owners.append(existing)


def sweep_orphans(now: datetime) -> int:
    """Destroy the keys of owners that were never made; returns how many. Refuses, and says so, when they are many."""
    return sweep_orphans_of(DataKey.objects.all(), destroy=destroy_key, now=now)


def sweep_orphans_of(keys: models.QuerySet[Any], *, destroy: Callable[[UUID], None], now: datetime) -> int:
    """The same for any kind of key that has `owner` and `created_at`."""
    young = keys.filter(created_at__gt=now - ORPHANS_SOUGHT, created_at__lte=now - ORPHAN_AFTER)
    orphans = set(young.values_list("owner", flat=True))
    for existing in _owners:
        if orphans:
            orphans -= existing(orphans)
    if len(orphans) > ORPHANS_AT_MOST:
        log.error("%d keys seem to have no owner: too many to be true, none is destroyed", len(orphans))
        return 0
    for owner in orphans:
        destroy(owner)
    return len(orphans)


def rewrap(*, limit: int = 500) -> int:
    """Wrap up to `limit` keys anew that an older keyring version wraps; returns how many."""
    return wrapping.rewrap(DataKey.objects.all(), kind=KIND, limit=limit)


def _fresh(owner: UUID, at: datetime) -> DataKey:
    version, wrapped = wrapping.wrap(kind=KIND, owner=owner, plain=os.urandom(32))
    return DataKey(owner=owner, wrapped=wrapped, keyring_version=version, created_at=at)


def _unwrap(row: DataKey) -> bytes:
    return wrapping.unwrap(row, kind=KIND)


def _remember(owner: UUID, key: AESGCM) -> AESGCM:
    with _lock:
        _cache[owner] = (time.monotonic(), key)
        _cache.move_to_end(owner)
        while len(_cache) > KEPT:
            _cache.popitem(last=False)
    return key
