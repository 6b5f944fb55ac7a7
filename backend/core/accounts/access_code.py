"""Access codes: seven English or nine Spanish words, given once, typed any way people type."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from backend.core.chance import Chance
from backend.core.errors import Invalid

WORDS = Path(__file__).parent / "words"
# Language of the list → how many words: at least 90 bits each (words/README.md).
COUNTS: Mapping[str, int] = MappingProxyType({"en": 7, "es": 9})
MAX_TYPED = 200  # characters; the longest code is 80, the rest is room for odd separators
MIN_PEPPER = 16  # bytes

_NOT_LETTERS = re.compile(r"[^a-z]+")
_DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"  # what a Turkish keyboard makes of a lower-case I; has no NFKD form


class CodeMalformed(Invalid):
    """What was typed cannot be any access code. Never holds the text."""

    code = "access_code_malformed"


@cache
def read_words(*, language: str) -> tuple[str, ...]:
    """The words of one list, in NFC; `language` is a key of `COUNTS`."""
    return tuple((WORDS / f"{language}.txt").read_text(encoding="utf-8").split())


def new_code(*, locale: str, rng: Chance = secrets) -> str:
    """A fresh code, words joined by spaces; `locale` is a BCP 47 tag, English where it has no list."""
    language = re.split("[-_]", locale, maxsplit=1)[0].lower()
    if language not in COUNTS:
        language = "en"
    words = read_words(language=language)
    return " ".join(rng.choice(words) for _ in range(COUNTS[language]))


def normalise(*, text: str) -> str:
    """The letters a to z of what was typed, without case, accents and separators. Raises `CodeMalformed`."""
    if len(text) > MAX_TYPED:
        raise CodeMalformed
    folded = unicodedata.normalize("NFKD", text).casefold().replace(_DOTLESS_I, "i")
    letters = _NOT_LETTERS.sub("", folded)
    if not letters:
        raise CodeMalformed
    return letters


def hash_code(*, code: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 (32 bytes) of the normalised code, for look-up. Raises `CodeMalformed`.

    A pepper under 16 bytes is a fault of the set-up: ValueError.
    """
    if len(pepper) < MIN_PEPPER:
        raise ValueError("the pepper is too short")
    return hmac.digest(pepper, normalise(text=code).encode("ascii"), "sha256")
