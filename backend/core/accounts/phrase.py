"""The phrase of a recovery: thought up by its owner, spoken to two people, kept as a slow keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from uuid import UUID

from backend.core.errors import Invalid

MAX_TYPED = 200  # characters
MIN_LETTERS = 12
MIN_WORDS = 3

_COST = 2**15  # of scrypt: 32 MiB and about a tenth of a second
_MEMORY = 64 * 1024 * 1024


class PhraseTooShort(Invalid):
    """Fewer than three words or twelve letters are guessed too easily. Never holds the text."""

    code = "phrase_too_short"


def normalise(*, text: str) -> str:
    """Letters and digits of any script, without case, accents and what lies between: it is heard, not read."""
    folded = unicodedata.normalize("NFKD", text[:MAX_TYPED].casefold())
    return "".join(sign for sign in folded if sign.isalnum())


def check(*, text: str) -> None:
    """Raises `PhraseTooShort`."""
    if len(text.split()) < MIN_WORDS or len(normalise(text=text)) < MIN_LETTERS:
        raise PhraseTooShort


def hash_phrase(*, text: str, role: UUID, pepper: bytes) -> bytes:
    """32 bytes for look-up among those whom one helper helps: equal phrases at two helpers have unlike hashes."""
    keyed = hmac.digest(pepper, b"phrase\0" + normalise(text=text).encode(), "sha256")
    salt = hmac.digest(pepper, b"phrase of helper\0" + role.bytes, "sha256")
    return hashlib.scrypt(keyed, salt=salt, n=_COST, r=8, p=1, maxmem=_MEMORY, dklen=32)
