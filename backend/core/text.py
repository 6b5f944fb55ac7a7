"""Text that people write: brought to one form before it is counted or sealed, refused if it could deceive."""

from __future__ import annotations

import re
import unicodedata

from backend.core.errors import Invalid

MAX_BODY = 4000  # characters (Unicode code points) after normalisation
MAX_MARKS = 30  # combining marks in a row: the bound of the stream-safe text format (UAX #15)

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Invisible, and put there by phones, not by people: byte order marks, and the embeddings and isolates (not
# the overrides) that come along when a number or a name is pasted. Without them the text reads naturally.
_DROPPED = re.compile("[\ufeff\u202a-\u202c\u2066-\u2069]")
# Refused. Controls and lone surrogates cannot be stored or shown; overrides (202D, 202E) show another text
# than the one that is kept as evidence; private use, annotations and noncharacters look different, or like
# nothing, on the next phone. Unassigned code points stay allowed: this year's emoji are unassigned to last
# year's Python. LRM, RLM, ZWJ, ZWNJ, soft hyphen and zero width space stay: emoji and some scripts need them.
_REFUSED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\u206a-\u206f\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(15) for last in (0xFFFE, 0xFFFF))
    + "\U000f0000-\U0010ffff]"
)
# Show nothing, though they count as letters or symbols: Hangul fillers and the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})  # categories

# A Latin letter → what looks like it, small or as a capital (Cyrillic ve as B), once accents are gone.
_LOOKALIKES = str.maketrans(
    {
        lookalike: letter
        for letter, lookalikes in {
            "a": "аαɑ", "b": "вьβ", "c": "с", "d": "ԁđð", "e": "еε", "g": "ɡ", "h": "нһηħ", "j": "ј",
            "k": "кκ", "l": "i1ıłіι|", "m": "мμ", "n": "п", "o": "0оοσø", "p": "рρ", "q": "ԛ", "r": "г",
            "s": "ѕ", "t": "тτŧ", "u": "υ", "v": "ν", "w": "ԝω", "x": "хχ", "y": "уγ", "z": "ζ",
        }.items()
        for lookalike in lookalikes
    }
)  # fmt: skip


class TextRefused(Invalid):
    """`code` is text_empty, text_too_long or text_control_character; `detail` says more, never the text."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.detail = detail


def normalise_body(*, text: str, limit: int = MAX_BODY) -> str:
    """A message as it is kept: NFC, lines ended by \\n, nothing blank around it. Raises `TextRefused`."""
    return _clean(text=text, limit=limit, one_line=False)


def normalise_line(*, text: str, limit: int) -> str:
    """One line (alias, title): as a body, but every run of whitespace is one space. Raises `TextRefused`."""
    return _clean(text=text, limit=limit, one_line=True)


def fold(*, text: str) -> str:
    """A key that is equal for names which look alike: no case, accents, spaces, signs; 0 is o, 1 and i are l.

    For comparing only, never for showing. A name of symbols only is its symbols.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in decomposed if sign.isalnum() or sign == "|")
    if not letters:
        return "".join(sign for sign in decomposed if unicodedata.category(sign) not in _UNSEEN)
    return letters.casefold().translate(_LOOKALIKES).replace("rn", "m").replace("vv", "w")


def _clean(*, text: str, limit: int, one_line: bool) -> str:
    if len(text) > 4 * limit:  # no composed character has more than four parts: NFC could not bring it under the limit
        raise TextRefused("text_too_long", f"at most {limit} characters")
    if text.isascii() and text.isprintable():  # most messages: nothing to drop, refuse or compose
        text = " ".join(text.split()) if one_line else text.strip()
        return _within(text=text, limit=limit)
    text = _DROPPED.sub("", _LINE_ENDS.sub("\n", text))
    if _REFUSED.search(text):
        raise TextRefused("text_control_character", "holds a character that is not text")
    _refuse_piles(text=text)  # before NFC, which takes quadratic time over a pile of marks
    text = unicodedata.normalize("NFC", text)
    _refuse_piles(text=text)  # and after: NFC takes some marks apart
    text = " ".join(text.split()) if one_line else text.strip()
    if all(sign in _BLANK or unicodedata.category(sign) in _UNSEEN for sign in text):
        raise TextRefused("text_empty", "holds nothing that can be seen")
    return _within(text=text, limit=limit)


def _within(*, text: str, limit: int) -> str:
    if not text:
        raise TextRefused("text_empty", "holds nothing that can be seen")
    if len(text) > limit:
        raise TextRefused("text_too_long", f"at most {limit} characters")
    return text


def _refuse_piles(*, text: str) -> None:
    if text.isascii():
        return
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks > MAX_MARKS:
            raise TextRefused("text_control_character", f"more than {MAX_MARKS} marks on one letter")
