"""Second factors: codes of an authenticator app (TOTP), security keys (WebAuthn), recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import pyotp
import webauthn
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidJSONStructure, InvalidRegistrationResponse
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.core.sealing import datakeys, seal
from backend.core.sealing.keyring import keyring

STEP_S = 30
RECOVERY_CODES = 10
RECOVERY_BITS = 80
LONGEST_ANSWER = 8_000  # characters of a security key's answer


@dataclass(frozen=True, slots=True)
class Site:
    """Where the console is, as the browser sees it: `https://naast.example`, `naast.example`."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a security key has shown at its registration."""

    credential: bytes
    public_key: bytes
    sign_count: int


# -- an authenticator app ---------------------------------------------------------------------------------------------


def new_totp(*, account: UUID) -> bytes:
    """A fresh secret, sealed for the account."""
    text = pyotp.random_base32().encode()
    return seal.seal(key=datakeys.key_of(account), text=text, aad=seal.aad("staff", account, "totp", 1))


def open_totp(*, account: UUID, sealed: bytes) -> str:
    """The secret, in base 32."""
    aad = seal.aad("staff", account, "totp", 1)
    return seal.unseal(key=datakeys.key_of(account), sealed=sealed, aad=aad).decode()


def totp_address(*, secret: str) -> str:
    """What the QR code says. The names tell nothing to who looks at the phone's list."""
    return pyotp.TOTP(secret).provisioning_uri(name="console", issuer_name="N")


def totp_step(*, secret: str, code: str, after: int, now: datetime) -> int | None:
    """The step whose code this is: the present one or a neighbour, later than `after`; else None."""
    typed = re.sub(r"\D", "", code[:40])
    present = int(now.timestamp()) // STEP_S
    generator = pyotp.TOTP(secret)
    found = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(generator.at(step * STEP_S), typed) and step > after
    ]
    return max(found, default=None)


# -- security keys ----------------------------------------------------------------------------------------------------


def ask_new_key(*, site: Site, account: UUID, taken: Iterable[bytes] = ()) -> tuple[str, bytes]:
    """JSON for `navigator.credentials.create`, and its challenge. The key learns no account's id."""
    handle = hashlib.sha256(b"staff" + account.bytes).digest()
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Console",
        user_id=handle,
        user_name="console",
        user_display_name="console",
        exclude_credentials=_described(taken),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return webauthn.options_to_json(options), options.challenge


def read_new_key(*, site: Site, answer: str, challenge: bytes) -> NewKey | None:
    """What the key answered, checked; None if it does not hold."""
    try:
        told = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (InvalidRegistrationResponse, InvalidJSONStructure, ValueError, KeyError):
        return None
    return NewKey(told.credential_id, told.credential_public_key, told.sign_count)


def ask_key(*, site: Site, credentials: Sequence[bytes], decoy: bytes) -> tuple[str, bytes]:
    """JSON for `navigator.credentials.get`, and its challenge.

    Without a key, `decoy` is asked for.
    """
    described = credentials or [decoy]
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_described(described),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options), options.challenge


def credential_of(answer: str) -> bytes:
    """Which key says to have answered; empty when that cannot be read."""
    try:
        return webauthn.base64url_to_bytes(str(_read(answer)["id"]))
    except (ValueError, KeyError):
        return b""


def read_key(*, site: Site, answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int | None:
    """The key's new count, or None if its answer does not hold."""
    try:
        told = webauthn.verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except (InvalidAuthenticationResponse, InvalidJSONStructure, ValueError, KeyError):
        return None
    return told.new_sign_count


def _described(credentials: Iterable[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=credential) for credential in credentials]


def _read(answer: str) -> dict[str, Any]:
    read = json.loads(answer[:LONGEST_ANSWER])
    if not isinstance(read, dict):
        raise ValueError("no object")
    return cast("dict[str, Any]", read)


def decoy(*, name: str) -> bytes:
    """The id of a key that nobody has, always the same for a sign-in name."""
    ring = keyring()
    return hmac.digest(ring.derived("staff-nobody", ring.version), name.encode(), hashlib.sha256)


# -- recovery codes and other codes that are written down -------------------------------------------------------------


def new_code() -> str:
    """80 random bits as `abcd-efgh-ijkl-mnop`, in base 32."""
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BITS // 8)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def hash_code(code: str) -> bytes:
    """32 bytes for look-up, of what was typed in any way; 0, 1 and 8 are what they look like."""
    typed = re.sub(r"[^a-z2-7]", "", code[:200].lower().translate(str.maketrans("018", "olb")))
    return hashlib.sha256(typed.encode()).digest()
