"""Keys as they lie in the keystore: wrapped by the keyring, for their kind and their owner alone."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import QuerySet

from backend.core.sealing import seal
from backend.core.sealing.keyring import keyring


class Wrapped(Protocol):
    """A row of the keystore."""

    owner: UUID
    wrapped: bytes | memoryview[int]
    keyring_version: int


def wrap(*, kind: str, owner: UUID, plain: bytes) -> tuple[int, bytes]:
    """(keyring version, wrapped key)."""
    version = keyring().version
    return version, seal.seal(key=AESGCM(keyring().kek[version]), text=plain, aad=seal.aad(kind, owner, version))


def unwrap(row: Wrapped, *, kind: str) -> bytes:
    """The key, or `Unreadable`."""
    if row.keyring_version not in keyring().kek:  # this process was started with an older keyring
        raise seal.Unreadable
    return seal.unseal(
        key=AESGCM(keyring().kek[row.keyring_version]),
        sealed=bytes(row.wrapped),
        aad=seal.aad(kind, row.owner, row.keyring_version),
    )


def rewrap(keys: QuerySet[Any], *, kind: str, limit: int) -> int:
    """Wrap up to `limit` of these keys anew that an older keyring version wraps; returns how many."""
    rows = list(keys.exclude(keyring_version=keyring().version)[:limit])
    for row in rows:
        old, plain = row.keyring_version, unwrap(row, kind=kind)
        version, wrapped = wrap(kind=kind, owner=row.owner, plain=plain)
        keys.filter(owner=row.owner, keyring_version=old).update(wrapped=wrapped, keyring_version=version)
    return len(rows)
