"""The rules that let a message wait for a person, on what people write: `corpus/` holds it, line by line."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from messaging.holding.find import MOST_HITS, MOST_WORDS, Hit, Kind, find
from messaging.holding.rules import ANYWHERE, DATA, LANGUAGES, read_phrase
from messaging.holding.titles import TITLES
from messaging.holding.words import words_of

CORPUS = Path(__file__).parent / "corpus"
LEAST = 150  # lines of one language
# Known, and left: to tell them apart one would have to understand them.
KNOWN_FALSE = {"Vroeger vroegen ze altijd wat kost een uurtje, alsof ik een fiets was."}


def lines(language: str) -> list[tuple[str, str]]:
    """(kind or -, text) of each line."""
    rows = (CORPUS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    told = [row.partition(" | ") for row in rows if row and not row.startswith("#")]
    return [(kind, text) for kind, _, text in told]


ALL = [pytest.param(kind, text, id=f"{key}: {text}") for key in ("nl", "en") for kind, text in lines(key)]


@pytest.mark.parametrize(("kind", "text"), ALL)
def test_what_is_found(kind: str, text: str) -> None:
    found = {hit.kind.value for hit in find(text)}
    if kind == "-":
        assert bool(found) == (text in KNOWN_FALSE), found
    else:
        assert kind in found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_corpus_is_large_and_has_both(language: str) -> None:
    kinds = Counter(kind for kind, _ in lines(language))
    assert sum(kinds.values()) >= LEAST
    assert kinds["-"] >= 100
    assert kinds.keys() == {"-", *Kind} - {Kind.DRAWN}


def test_where_it_stands_is_told_in_the_text_as_it_was_written() -> None:
    text = "Hoi 🙂 mijn nummer: 06 12 34 56 78, of zіlvеr@gmаіl.соm. Tot gauw"
    assert [(hit.kind, text[hit.start : hit.end]) for hit in find(text)] == [
        (Kind.PHONE, "06 12 34 56 78"),
        (Kind.MAIL, "zіlvеr@gmаіl.соm"),
    ]


def test_hits_do_not_overlap_and_are_few() -> None:
    found = find("Bel 0612345678 of mail a@example.com. " * 40)
    assert len(found) == MOST_HITS
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_one_language_is_asked_if_one_is_named() -> None:
    assert find("wat vraag je voor een uur", languages=["nl"])
    assert not find("wat vraag je voor een uur", languages=["en"])
    assert find("0612345678", languages=["hu"]), "there is no file yet: what holds everywhere holds there, too"


def test_every_kind_has_a_title() -> None:
    assert TITLES.keys() == set(Kind)


def test_every_file_is_a_language() -> None:
    assert {path.stem for path in DATA.glob("*.json")} == {ANYWHERE, *LANGUAGES}


@pytest.mark.parametrize("row", ["a* b", "a? b", "~1 a", "a ~4 b", "a " * 11])
def test_a_rule_that_is_none_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        read_phrase("client", row)


HOSTILE = {
    "digits": "1 ",
    "stops": "a.",
    "at": "@",
    "at and stops": "a@a.",
    "brackets": "(at)",
    "spelled": "nul ",
    "accounts": "nl91 ",
    "accounts that touch": "nl91",
    "wallets": "0x ",
    "wallets that touch": "t3",
    "links": "http://",
    "gaps": "stuur geld euro ",
    "gaps in rows": "i will can ",
    "phrases": "zoek een een dame voor ",
    "streets": "straat 1 ",
    "numbers and words": "1 a b ",
    "look-alikes": "а",
    "marks": "a\u0301",
    "sentences of one sign": "\ufdfa",
    "services": "insta : ",
}


def steps(text: str) -> int:
    """How many calls a look takes: the same on every machine."""
    count = 0

    def on_call(frame: Any, event: str, told: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(on_call)
    try:
        find(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_no_text_makes_it_slow(piece: str) -> None:
    """Twice as long is no more than twice the work, up to as many words as are looked at."""
    each = len(words_of(piece * 10)) / 10
    most = min(int((MOST_WORDS - 50) / max(each, 0.1)), 4000 // len(piece))
    half, whole = (steps(piece * size) for size in (most // 2, most))
    assert whole <= 2.2 * half + 500
    assert whole <= 200_000


def test_what_is_drawn_is_shown_to_a_person() -> None:
    text = "0 " * (MOST_WORDS + 1)
    assert find(text) == (Hit(Kind.DRAWN, 0, len(text)),)
