"""A push address as it is given, checked, and sealed: in one length whatever it holds."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import asdict, dataclass, field
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from backend.core.push import endpoints, errors
from backend.core.sealing import datakeys, seal

SEALED_LENGTH = 2_560  # bytes before sealing: the longest address with its keys
MAX_ADDRESS = 2_000  # characters
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Address:
    """`transport` fcm: `kind` is token or fid. webpush: `address` is the endpoint, the keys are the subscriber's."""

    transport: str
    kind: str
    address: str = field(repr=False)
    p256dh: str = field(default="", repr=False)
    auth: str = field(default="", repr=False)


def check(address: Address) -> None:
    """Raises `AddressInvalid`. What an endpoint's name leads to is looked at each time it is used, not here."""
    if len(address.address) > MAX_ADDRESS or not _TOKEN.fullmatch(address.address):
        raise errors.AddressInvalid(pointer="/address")
    if address.transport == "fcm":
        if address.p256dh or address.auth:
            raise errors.AddressInvalid(pointer="/keys")
        return
    try:
        endpoints.read(address.address)
    except endpoints.EndpointRefused:
        raise errors.AddressInvalid(pointer="/address") from None
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(address.p256dh))
    except ValueError:
        raise errors.AddressInvalid(pointer="/keys/p256dh") from None
    if len(decode(address.auth)) != 16:
        raise errors.AddressInvalid(pointer="/keys/auth")


def decode(text: str) -> bytes:
    """Bytes from base64url, padded or not; empty when it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def seal_address(address: Address, *, account: UUID, session: UUID, version: UUID) -> bytes:
    """For the account, for this row and version alone."""
    told = orjson.dumps(asdict(address)).ljust(SEALED_LENGTH)
    return seal.seal(key=datakeys.key_of(account), text=told, aad=_aad(session, version, account))


def open_address(sealed: bytes, *, account: UUID, session: UUID, version: UUID) -> Address:
    """What was sealed. Raises `Unreadable`."""
    told = seal.unseal(key=datakeys.key_of(account), sealed=bytes(sealed), aad=_aad(session, version, account))
    return Address(**orjson.loads(told))


def _aad(session: UUID, version: UUID, account: UUID) -> bytes:
    return seal.aad("push_device", session, "sealed", 1, version, account)
