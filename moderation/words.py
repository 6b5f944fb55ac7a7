"""Words about a case: sealed to the case for who handles it, and once more for the one person they concern."""

from __future__ import annotations

from uuid import UUID

from backend.core.sealing import datakeys, seal, vault


def for_case(*, case: UUID, text: str, place: str, of: UUID) -> bytes:
    """Sealed to the case; opened with `vault.open_one` by who handles it, which leaves an audit entry."""
    return vault.seal_for(owner=case, text=text.encode(), aad=aad(place, of, case))


def for_person(*, account: UUID, text: str, place: str, of: UUID) -> bytes:
    """Sealed with the person's own data key."""
    return seal.seal(key=datakeys.key_of(account), text=text.encode(), aad=aad(place, of, account))


def read_own(*, account: UUID, sealed: bytes | memoryview, place: str, of: UUID) -> str:
    """What was sealed for a person. Raises `Unreadable`."""
    return seal.unseal(key=datakeys.key_of(account), sealed=bytes(sealed), aad=aad(place, of, account)).decode()


def aad(place: str, of: UUID, owner: UUID) -> bytes:
    """`place` is the column, `of` the row, `owner` whose key it is."""
    return seal.aad("moderation", place, of, owner, 1)
