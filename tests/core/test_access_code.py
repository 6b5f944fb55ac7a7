"""Access codes: enough bits, one way to split them, typed any way people type."""

from __future__ import annotations

import hmac
import math
import random
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.accounts.access_code import (
    COUNTS,
    MAX_TYPED,
    CodeMalformed,
    hash_code,
    new_code,
    normalise,
    read_words,
)

PEPPER = b"a pepper for tests only, 32 bytes"
SEPARATORS = [" ", "-", "  ", "\n", "\t", "", "_", ".", ", ", "\u00a0", "\u3000", "\u2009"]  # and spaces of other kinds
SEPARATORS += [*"\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d\u30fc"]  # dashes
SEPARATORS += [*"\u00ad\u200b\u200c\u200d\u2060\ufeff"]  # invisible
LISTS = sorted(COUNTS)


def widen(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def strip_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


WAYS = [
    str.upper,
    str.title,
    str.swapcase,
    widen,
    strip_accents,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("I", "\u0130").replace("i", "\u0131"),  # a Turkish keyboard
    lambda text: text.replace("fi", "\ufb01"),
]


@pytest.mark.parametrize(("language", "size", "bits"), [("en", 7457, 90.05), ("es", 1832, 97.55)])
def test_a_code_holds_at_least_ninety_bits(language: str, size: int, bits: float) -> None:
    words = read_words(language=language)
    assert len(set(words)) == len(words) == size
    assert COUNTS[language] * math.log2(size) == pytest.approx(bits, abs=0.005)
    assert COUNTS[language] * math.log2(size) >= 90


@pytest.mark.parametrize("language", LISTS)
def test_no_word_begins_another_so_words_run_together_split_one_way(language: str) -> None:
    typed = sorted(normalise(text=word) for word in read_words(language=language))
    assert len(set(typed)) == len(typed)
    # In sorted order a word stands right before the words that it begins.
    assert [(a, b) for a, b in pairwise(typed) if b.startswith(a)] == []


@pytest.mark.parametrize("language", LISTS)
def test_words_are_composed_and_in_one_script(language: str) -> None:
    words = read_words(language=language)
    assert [word for word in words if unicodedata.normalize("NFC", word) != word] == []
    assert [word for word in words if not 3 <= len(normalise(text=word)) <= 9] == []


def test_words_that_harm_are_left_out() -> None:
    en, es = set(read_words(language="en")), set(read_words(language="es"))
    assert not en & {
        "client",
        "duress",
        "exit",
        "pimp",
        "procurer",
        "relapse",
        "traffic",
        "trapped",
        "victim",
        "yo-yo",
    }
    assert not es & {"abuso", "cliente", "rapto", "recaer", "sexo", "tráfico", "víctima"}


@pytest.mark.parametrize(
    ("locale", "language"),
    [("nl", "en"), ("en-GB", "en"), ("es", "es"), ("ES_mx", "es"), ("est", "en"), ("hu", "en"), ("", "en")],
)
def test_the_locale_picks_the_list(locale: str, language: str) -> None:
    words = new_code(locale=locale).split(" ")
    assert len(words) == COUNTS[language]
    assert set(words) <= set(read_words(language=language))


def test_every_word_is_drawn_by_the_source_of_chance_that_is_given() -> None:
    assert new_code(locale="en", rng=random.Random(1)) == new_code(locale="en", rng=random.Random(1))
    assert new_code(locale="en") != new_code(locale="en")
    rng = random.Random(1)
    drawn = {word for _ in range(20_000) for word in new_code(locale="en", rng=rng).split()}
    assert drawn == set(read_words(language="en"))


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("language", LISTS)
def test_each_separator_is_forgiven(language: str, separator: str) -> None:
    words = read_words(language=language)[::97]
    assert normalise(text=separator.join(words[:9])) == "".join(normalise(text=word) for word in words[:9])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("language", LISTS)
def test_each_way_of_typing_is_forgiven(language: str, way: Callable[[str], str]) -> None:
    for word in read_words(language=language):
        assert normalise(text=way(word)) == normalise(text=word)


@settings(deadline=None)
@given(
    locale=st.sampled_from(LISTS),
    seed=st.integers(0, 10_000),
    separators=st.lists(st.sampled_from(SEPARATORS), min_size=10, max_size=10),
    ways=st.lists(st.sampled_from(WAYS), max_size=3),
)
def test_typing_is_forgiven(locale: str, seed: int, separators: list[str], ways: list[Callable[[str], str]]) -> None:
    code = new_code(locale=locale, rng=random.Random(seed))
    typed = separators[-1] + "".join(word + mark for word, mark in zip(code.split(), separators, strict=False))
    for way in ways:
        typed = way(typed)
    assert normalise(text=typed) == normalise(text=code)
    assert hash_code(code=typed, pepper=PEPPER) == hash_code(code=code, pepper=PEPPER)


@settings(deadline=None)
@given(text=st.text(max_size=MAX_TYPED + 10))
def test_anything_typed_becomes_letters_or_is_malformed(text: str) -> None:
    try:
        letters = normalise(text=text)
    except CodeMalformed:
        return
    assert letters.isascii()
    assert letters.isalpha()
    assert letters.islower()
    assert normalise(text=letters[:MAX_TYPED]) == letters[:MAX_TYPED]


@pytest.mark.parametrize("text", ["", " ", "- - -", "12345", "\u200b\u00ad", "\ud800", "приют", "a" * (MAX_TYPED + 1)])
def test_absurd_input_is_malformed_and_not_repeated(text: str) -> None:
    with pytest.raises(CodeMalformed) as refused:
        hash_code(code=text, pepper=PEPPER)
    assert str(refused.value) == "access_code_malformed"


def test_the_longest_code_fits() -> None:
    longest = max(sum(sorted(map(len, read_words(language=one)))[-n:]) + n - 1 for one, n in COUNTS.items())
    assert 2 * longest <= MAX_TYPED


def test_the_hash_is_keyed_by_the_pepper() -> None:
    assert hash_code(code="Blue HERON", pepper=PEPPER) == hmac.digest(PEPPER, b"blueheron", "sha256")
    assert hash_code(code="blue heron", pepper=PEPPER) != hash_code(code="blue heron", pepper=PEPPER[::-1])
    assert hash_code(code="blue heron", pepper=PEPPER) != hash_code(code="blue herons", pepper=PEPPER)


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="pepper"):
        hash_code(code="blue heron", pepper=b"short")
