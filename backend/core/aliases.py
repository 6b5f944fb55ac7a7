"""Suggested aliases and preset avatars: calm words of nature, right in their language, about nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from backend.core.chance import Chance
from backend.core.text import fold
from backend.core.vocabulary import match_ui_language

LISTS = Path(__file__).parent / "data" / "aliases"
MAX_ALIAS = 32  # characters
TRIES = 64  # of plain aliases; each list has over 3,600, so this fails only when nearly all are taken

AVATAR_SHAPES = ("leaf", "wave", "hill", "cloud", "stone", "feather", "tree", "lantern")
AVATAR_COLOURS = ("teal", "sand", "slate", "moss", "plum", "sky")
AVATAR_KEYS = tuple(f"{shape}-{colour}" for shape in AVATAR_SHAPES for colour in AVATAR_COLOURS)


@dataclass(frozen=True, slots=True)
class AliasList:
    """The words of one language; `nouns` holds (word, index of the adjective's form that agrees with it)."""

    adjectives: tuple[tuple[str, ...], ...]
    nouns: tuple[tuple[str, int], ...]
    adjective_first: bool
    title_case: bool

    def compose(self, *, adjective: tuple[str, ...], noun: tuple[str, int]) -> str:
        """The alias made of one adjective and one noun of this list."""
        word, form = noun
        first, second = (adjective[form], word) if self.adjective_first else (word, adjective[form])
        return f"{_capital(word=first)} {_capital(word=second) if self.title_case else second}"


@cache
def read_list(*, language: str) -> AliasList:
    """The list of one of `UI_LANGUAGES`."""
    data = json.loads((LISTS / f"{language}.json").read_text(encoding="utf-8"))
    return AliasList(
        adjectives=tuple(tuple(forms) for forms in data["adjectives"]),
        nouns=tuple((noun, data["forms"].index(form)) for form, nouns in data["nouns"].items() for noun in nouns),
        adjective_first=data["adjective_first"],
        title_case=data["title_case"],
    )


def suggest(*, language: str, rng: Chance, taken: Callable[[str], bool] | Container[str]) -> str:
    """A free alias in `language` (BCP 47; English where there is no list).

    `taken` holds, or answers for, keys made by `backend.core.text.fold`. LookupError when all are taken.
    """
    is_taken = taken if callable(taken) else taken.__contains__
    words = read_list(language=match_ui_language(tag=language))
    alias = ""
    for _ in range(TRIES):
        alias = words.compose(adjective=rng.choice(words.adjectives), noun=rng.choice(words.nouns))
        if not is_taken(fold(text=alias)):
            return alias
    for _ in range(TRIES):
        numbered = f"{alias} {rng.choice(range(2, 10_000))}"
        if not is_taken(fold(text=numbered)):
            return numbered
    raise LookupError("every alias that was tried is taken")


def suggest_avatar(*, rng: Chance) -> str:
    """One of `AVATAR_KEYS`."""
    return rng.choice(AVATAR_KEYS)


def _capital(*, word: str) -> str:
    return word[0].upper() + word[1:]
