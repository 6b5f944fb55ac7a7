"""A text as the rules read it: in words, small, without accents, look-alikes and what is invisible. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# What looks like a Latin letter and stands among Latin ones only to look like it.
_LOOKALIKES = str.maketrans(
    "аеорсухкмтнвіјѕԁӏաօαοερυικτνχ",
    "aeopcyxkmthbijsdlaoaoepuiktvx",
)
_WORD = re.compile(r"[0-9]+|[^\W\d_]+|\S")
MOST_PARTS = 4  # of one sign: some are a whole sentence once they are taken apart
# Signs that are drawn to be read as others: digits in circles and full width are folded by NFKD already.
_INVISIBLE = frozenset("\u00ad\u034f\u200b\u200c\u200d\u2060\ufe0e\ufe0f\u20e3")


@dataclass(slots=True)
class Word:  # not frozen: making thousands of them is what a look costs
    """A run of letters, a run of digits, or one sign; `start`, `end` are its place in the text as it was written."""

    text: str
    start: int
    end: int

    @property
    def is_digits(self) -> bool:
        return self.text.isdigit()

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()


def words_of(text: str) -> list[Word]:
    """The words and signs of a text, in order. Whitespace is none; what touches has `end == start` of the next."""
    signs, places = _folded(text)
    if places is None:
        return [Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(signs)]
    spans = [(found.group(), places[found.start()], places[found.end() - 1] + 1) for found in _WORD.finditer(signs)]
    return [Word(_latin(word), start, end) for word, start, end in spans]


def touches(before: Word, after: Word) -> bool:
    """Whether nothing stands between the two."""
    return before.end == after.start


def joined(words: Sequence[Word]) -> str:
    """The words without what stands between them."""
    return "".join(word.text for word in words)


def _folded(text: str) -> tuple[str, Sequence[int] | None]:
    """Each sign that can be seen, small and without its accents, and where it stood; None: where it stands."""
    if text.isascii():
        return text.lower(), None
    signs: list[str] = []
    places: list[int] = []
    for place, written in enumerate(text):
        if written.isascii():
            signs.append(written.lower())
            places.append(place)
            continue
        if written in _INVISIBLE:
            continue
        for sign in unicodedata.normalize("NFKD", written).casefold()[:MOST_PARTS]:
            if unicodedata.combining(sign) or sign in _INVISIBLE:
                continue
            digit = unicodedata.digit(sign, None)
            signs.append(sign if digit is None else str(digit))
            places.append(place)
    return "".join(signs), places


def _latin(word: str) -> str:
    """A word in which Latin letters stand beside look-alikes, or look-alikes alone, as it is meant to be read."""
    if word.isascii():
        return word
    read = word.translate(_LOOKALIKES)
    return read if read.isascii() else word
