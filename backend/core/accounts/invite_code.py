"""Codes of invites: 80 random bits in four groups, read from paper or a screen, typed any way people type."""

from __future__ import annotations

import hmac
import re
import secrets

from backend.core.chance import Chance

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
LENGTH = 16  # characters of five bits
GROUP = 4
MAX_TYPED = 60  # characters

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015_.]+")
_MISREAD = str.maketrans("OIL", "011")


def new_code(*, rng: Chance = secrets) -> str:
    """A fresh code, such as `7K3M-…`."""
    signs = "".join(rng.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def normalise(*, text: str) -> str | None:
    """The code without case, separators and what is easily misread; None if it cannot be one."""
    if len(text) > MAX_TYPED:
        return None
    code = _SEPARATORS.sub("", text).upper().translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def hash_code(*, code: str, pepper: bytes) -> bytes:
    """32 bytes for look-up of a normalised code."""
    return hmac.digest(pepper, b"invite\0" + code.encode("ascii"), "sha256")
