"""Rows of words that a rule names. Pure; how far a look goes is bounded by the rule, and by the end of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from messaging.holding.rules import NUMBER, Rules, Slot
from messaging.holding.words import Word

Found = tuple[str, tuple[int, int]]

_ENDS = frozenset(".!?;\u2026")
_QUIET = frozenset("'\u2019`\"*_-,")  # are not looked at


def phrases(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """Every phrase of every language that stands in the text, the first one at each word."""
    places = [n for n, word in enumerate(words) if word.text not in _QUIET]
    row = [words[n].text for n in places]
    for n, text in enumerate(row):
        for phrase in rules.phrases.get(NUMBER if text.isdigit() else text, ()):
            end = _match(row, n + 1, phrase.slots, 1)
            if end is not None:
                yield phrase.kind, (places[n], places[end - 1] + 1)
                break


def _match(row: Sequence[str], n: int, slots: Sequence[Slot], at: int) -> int | None:
    """Where the phrase ends if it goes on like this from word `n`; None if it does not."""
    if at == len(slots):
        return n
    slot = slots[at]
    if slot.gap:
        for skipped in range(slot.gap + 1):
            if skipped and (n + skipped > len(row) or row[n + skipped - 1] in _ENDS):
                return None
            if (end := _match(row, n + skipped, slots, at + 1)) is not None:
                return end
        return None
    if n < len(row) and slot.fits(row[n]) and (end := _match(row, n + 1, slots, at + 1)) is not None:
        return end
    return _match(row, n, slots, at + 1) if slot.optional else None
