"""The rules, as data: `data/anywhere.json` for every language, and a file for each language with its words.

A further language is a further file, written by somebody who speaks it.

A phrase is a row of slots: `stuur|geef mij|me ~2 foto*`. `a|b` either, `a?` or nothing, `a*` how a word begins, `~2` up
to two words of any kind. `#` is a number.
The first slot is made of whole words, or a number: by it a phrase is looked up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

DATA = Path(__file__).parent / "data"
ANYWHERE = "anywhere"
NUMBER = "#"
MOST_SLOTS = 10
MOST_GAP = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a phrase: whole words, beginnings of words, a number, or up to `gap` words of any kind."""

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    number: bool = False
    optional: bool = False
    gap: int = 0

    def fits(self, text: str) -> bool:
        """Whether a word may stand here."""
        return text in self.words or text.startswith(self.beginnings) or (self.number and text.isdigit())


@dataclass(frozen=True, slots=True)
class Phrase:
    """What kind of thing a row of words is; `said` is how the rule is written."""

    kind: str
    slots: tuple[Slot, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What one file says; see `docs/holds.md` for each key."""

    digits: Mapping[str, str]
    at: frozenset[str]
    dot: frozenset[str]
    streets: tuple[str, ...]  # how the name of a street ends, before its number
    not_streets: frozenset[str]
    streets_after: frozenset[str]  # what stands behind number and name
    not_between: frozenset[str]
    own: frozenset[str]
    is_: frozenset[str]
    phrases: Mapping[str, tuple[Phrase, ...]]  # by each first word


@dataclass(frozen=True, slots=True)
class Anywhere:
    """What holds in every language."""

    mail_hosts: frozenset[str]
    endings: frozenset[str]
    endings_with_path: frozenset[str]
    services: frozenset[str]
    wallets: frozenset[str]


def read_rules(language: str) -> Rules:
    """The file of a language. Raises `KeyError`, `ValueError` where it is not as it should be."""
    told = _read(language)
    known = {field for field in Rules.__dataclass_fields__ if field != "is_"} | {"is", "language"}
    if told.keys() != known:
        raise ValueError(f"{language}: {sorted(told.keys() ^ known)}")
    by_first: dict[str, list[Phrase]] = {}
    for kind, rows in told["phrases"].items():
        for row in rows:
            phrase = read_phrase(kind, row)
            for word in (*phrase.slots[0].words, *([NUMBER] if phrase.slots[0].number else [])):
                by_first.setdefault(word, []).append(phrase)
    return Rules(
        digits=MappingProxyType(told["digits"]),
        at=frozenset(told["at"]),
        dot=frozenset(told["dot"]),
        streets=tuple(told["streets"]),
        not_streets=frozenset(told["not_streets"]),
        streets_after=frozenset(told["streets_after"]),
        not_between=frozenset(told["not_between"]),
        own=frozenset(told["own"]),
        is_=frozenset(told["is"]),
        phrases=MappingProxyType({word: tuple(found) for word, found in by_first.items()}),
    )


def read_phrase(kind: str, row: str) -> Phrase:
    """A phrase as it is written. Raises `ValueError`."""
    slots = tuple(_read_slot(part) for part in row.split())
    first = slots[0]
    if len(slots) > MOST_SLOTS or first.optional or first.gap or first.beginnings or not (first.words or first.number):
        raise ValueError(f"not a phrase: {row}")
    return Phrase(kind, slots, row)


def _read_slot(part: str) -> Slot:
    if part.startswith("~"):
        gap = int(part[1:])
        if not 1 <= gap <= MOST_GAP:
            raise ValueError(f"not a gap: {part}")
        return Slot(gap=gap)
    optional = part.endswith("?") and len(part) > 1
    choices = (part[:-1] if optional else part).split("|")
    return Slot(
        words=frozenset(word for word in choices if not word.endswith("*") and word != NUMBER),
        beginnings=tuple(word[:-1] for word in choices if word.endswith("*")),
        number=NUMBER in choices,
        optional=optional,
    )


@cache
def merged(languages: tuple[str, ...]) -> Rules:
    """The rules of several languages as one."""
    found = [LANGUAGES[language] for language in languages]
    phrases: dict[str, tuple[Phrase, ...]] = {}
    for rules in found:
        for word, rows in rules.phrases.items():
            phrases[word] = phrases.get(word, ()) + rows
    return Rules(
        digits={word: digits for rules in found for word, digits in rules.digits.items()},
        streets=tuple(ending for rules in found for ending in rules.streets),
        phrases=phrases,
        **{
            name: frozenset(word for rules in found for word in getattr(rules, name))
            for name in ("at", "dot", "not_streets", "streets_after", "not_between", "own", "is_")
        },
    )


def _read_anywhere() -> Anywhere:
    told = _read(ANYWHERE)
    return Anywhere(**{field: frozenset(told[field]) for field in Anywhere.__dataclass_fields__})


def _read(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


LANGUAGES: Mapping[str, Rules] = MappingProxyType(
    {path.stem: read_rules(path.stem) for path in sorted(DATA.glob("*.json")) if path.stem != ANYWHERE}
)
EVERYWHERE = _read_anywhere()
