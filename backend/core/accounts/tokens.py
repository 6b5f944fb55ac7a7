"""Opaque secrets of sessions and tickets: 256 random bits, of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_token() -> str:
    """A fresh secret: 43 characters that may stand in headers and subprotocols."""
    return secrets.token_urlsafe(BYTES)


def hash_token(*, token: str) -> bytes:
    """32 bytes for look-up. No pepper: nobody finds 256 random bits by trying."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
