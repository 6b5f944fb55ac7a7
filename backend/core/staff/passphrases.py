"""Passphrases: long rather than odd; kept as Argon2id hashes, sealed with the account's data key."""

from __future__ import annotations

import unicodedata
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.core.sealing import datakeys, seal
from backend.core.staff import errors

SHORTEST = 15  # characters
LONGEST = 200
DISTINCT = 6  # different characters
# OWASP's first choice; about 60 ms. Somebody who guesses needs the data key's wrapping as well.
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)


def check_passphrase(passphrase: str) -> str:
    """The passphrase in one form. Raises `PassphraseTooShort`, `PassphraseTooPlain`. No rules of composition."""
    text = unicodedata.normalize("NFC", passphrase)
    if len(text) < SHORTEST:
        raise errors.PassphraseTooShort
    if len(text) > LONGEST or len(set(text.casefold())) < DISTINCT:
        raise errors.PassphraseTooPlain
    return text


def hash_passphrase(passphrase: str, *, account: UUID) -> bytes:
    """The sealed hash, for the account's row alone."""
    hashed = _hasher.hash(unicodedata.normalize("NFC", passphrase))
    return seal.seal(key=datakeys.key_of(account), text=hashed.encode(), aad=_aad(account))


def matches(passphrase: str, *, account: UUID, sealed: bytes) -> bool:
    """Whether it is this account's passphrase."""
    try:
        hashed = seal.unseal(key=datakeys.key_of(account), sealed=sealed, aad=_aad(account)).decode()
    except seal.Unreadable:
        return matches_nothing(passphrase)
    return _verify(hashed, passphrase)


def matches_nothing(passphrase: str) -> bool:
    """As much work as for a passphrase that there is: False."""
    _verify(_nobodys(), passphrase)
    return False


def _verify(hashed: str, passphrase: str) -> bool:
    try:
        return _hasher.verify(hashed, unicodedata.normalize("NFC", passphrase)[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's passphrase")


def _aad(account: UUID) -> bytes:
    return seal.aad("staff", account, "passphrase", 1)
