"""The vault tier: a key pair per owner. Anyone may seal; to open, one says why, and the member can see it.

What is sealed to a public key (X25519, HKDF-SHA256, AES-256-GCM) opens with the private key alone. That lies in the
keystore, wrapped by the keyring, and is never kept in memory: once it is destroyed nothing opens any more, anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.core.audit import audit
from backend.core.sealing import datakeys, seal, wrapping
from backend.core.sealing.models import VaultKey

KIND = "vault_key"
FORMAT = b"\x02"
OPENED = "vault.opened"
_PUBLIC = 32  # bytes of a public key

Sealed = tuple[bytes, bytes]
"""(sealed value, the additional data it was sealed with)"""


class Reason(StrEnum):
    """Why something is opened: it is the opener's own, it was shared with them, or it is part of a case of theirs."""

    SELF = "self"
    SHARE = "share"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opens whose words, and why. `role` (its id and kind) is that in which somebody else opens."""

    reason: Reason
    by: UUID
    of: UUID
    what: str = ""  # such as "answer", "referral"
    ref: UUID | None = None
    role: UUID | None = None
    role_kind: str = ""


def own(account: UUID) -> Opening:
    """A member opens their own words."""
    return Opening(reason=Reason.SELF, by=account, of=account)


@dataclass(frozen=True, slots=True)
class _Asked:
    """In whose name the clock acts; None: in nobody's."""

    account: UUID | None


_clock: ContextVar[_Asked | None] = ContextVar("vault_clock", default=None)  # None: a request, of who signed in


@contextmanager
def unasked() -> Iterator[None]:
    """The clock acts and nobody is here: meanwhile nothing opens as `self`."""
    token = _clock.set(_Asked(None))
    try:
        yield
    finally:
        _clock.reset(token)


@contextmanager
def asked_by(*, account: UUID) -> Iterator[None]:
    """In a job, for what one member has asked for with their access code: meanwhile theirs opens, and nobody else's.

    The caller holds the open row that says so: see `backend/core/exports/actions/making.py`, which alone may call it.
    """
    token = _clock.set(_Asked(account))
    try:
        yield
    finally:
        _clock.reset(token)


def create_key(*, owner: UUID, at: datetime) -> None:
    """Make the owner's key pair unless there is one.

    In its own transaction, before the first write that seals: an orphan is swept, a lack is not.
    """
    if not VaultKey.objects.filter(owner=owner).exists():
        VaultKey.objects.bulk_create([_fresh(owner, at)], ignore_conflicts=True)


def public_key(owner: UUID) -> bytes:
    """What seals to the owner; `Unreadable` if there is no key pair (any more)."""
    found = VaultKey.objects.filter(owner=owner).values_list("public", flat=True).first()
    if found is None:
        raise seal.Unreadable
    return bytes(found)


def seal_to(*, public: bytes, text: bytes, aad: bytes) -> bytes:
    """Format byte ‖ public key of this one value ‖ AES-256-GCM of the text. Who sealed it cannot open it."""
    once = X25519PrivateKey.generate()
    shown = once.public_key().public_bytes_raw()
    key = _agree(once.exchange(X25519PublicKey.from_public_bytes(public)), shown, public)
    return FORMAT + shown + seal.seal(key=key, text=text, aad=aad)


def seal_for(*, owner: UUID, text: bytes, aad: bytes) -> bytes:
    """The same, by the owner's id; `Unreadable` if there is no key pair."""
    return seal_to(public=public_key(owner), text=text, aad=aad)


def open_all(*, owner: UUID, opening: Opening, sealed: Iterable[Sealed], now: datetime) -> list[bytes]:
    """The texts, in the order given; `Unreadable` if one does not open or the key pair is gone.

    For anyone but the member it leaves an audit entry, and so belongs inside a write. Opening as `self` what is another
    account's is a programming error.
    """
    values = list(sealed)
    row = VaultKey.objects.filter(owner=owner).first()
    if opening.reason is Reason.SELF:
        clock = _clock.get()
        if opening.by != opening.of or (clock is not None and clock.account != opening.by):
            raise ValueError("only the member opens as themselves")
    else:
        note_look(opening, count=len(values), now=now)
    if row is None:
        raise seal.Unreadable
    private, public = X25519PrivateKey.from_private_bytes(wrapping.unwrap(row, kind=KIND)), bytes(row.public)
    return [_open(private, public, value, aad) for value, aad in values]


def open_one(*, owner: UUID, opening: Opening, sealed: bytes, aad: bytes, now: datetime) -> bytes:
    """One text."""
    return open_all(owner=owner, opening=opening, sealed=[(sealed, aad)], now=now)[0]


def open_own(*, account: UUID, sealed: Sequence[Sealed], now: datetime) -> list[bytes]:
    """The member's own texts; no query where there are none."""
    return open_all(owner=account, opening=own(account), sealed=sealed, now=now) if sealed else []


def destroy_key(owner: UUID) -> None:
    """Make everything sealed to this owner unreadable, at once and for ever."""
    VaultKey.objects.filter(owner=owner).delete()


def sweep_orphans(now: datetime) -> int:
    """As for data keys, and by the same registry of owners."""
    return datakeys.sweep_orphans_of(VaultKey.objects.all(), destroy=destroy_key, now=now)


def rewrap(*, limit: int = 500) -> int:
    """Wrap up to `limit` private keys anew that an older keyring version wraps; returns how many."""
    return wrapping.rewrap(VaultKey.objects.all(), kind=KIND, limit=limit)


def _fresh(owner: UUID, at: datetime) -> VaultKey:
    private = X25519PrivateKey.generate()
    version, wrapped = wrapping.wrap(kind=KIND, owner=owner, plain=private.private_bytes_raw())
    public = private.public_key().public_bytes_raw()
    return VaultKey(owner=owner, public=public, wrapped=wrapped, keyring_version=version, created_at=at)


def _agree(shared: bytes, once: bytes, public: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"naast/vault" + once + public).derive(shared)
    return AESGCM(derived)


def _open(private: X25519PrivateKey, public: bytes, value: bytes, aad: bytes) -> bytes:
    value = bytes(value)
    if len(value) <= 1 + _PUBLIC or value[:1] != FORMAT:
        raise seal.Unreadable
    once = value[1 : 1 + _PUBLIC]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(once))
    except ValueError as fault:  # a point of low order
        raise seal.Unreadable from fault
    return seal.unseal(key=_agree(shared, once, public), sealed=value[1 + _PUBLIC :], aad=aad)


def note_look(opening: Opening, *, count: int, now: datetime) -> None:
    """The audit entry that the member sees; by itself for what is not sealed and is as private."""
    told = {
        "reason": str(opening.reason),
        "what": opening.what,
        "ref": str(opening.ref) if opening.ref else None,
        "role": str(opening.role) if opening.role else None,
        "role_kind": opening.role_kind,
        "count": count,
    }
    audit(action=OPENED, at=now, by=opening.by, subject=opening.of, data=told)
