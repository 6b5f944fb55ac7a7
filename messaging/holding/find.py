"""What a text holds that a person looks at before it is posted. Pure; it finds and explains, and decides nothing.

Every look is over the row of words, once, with a bounded number of words ahead: no text makes it slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from messaging.holding import numbers, phrases, places
from messaging.holding.rules import LANGUAGES, Rules, merged
from messaging.holding.words import Word, words_of

MOST_HITS = 10  # told of one text
MOST_WORDS = 1500  # of one text of 4,000 characters: people need about 900, and more are drawn, not written


class Kind(StrEnum):
    """What something looks like."""

    PHONE = "phone"
    MAIL = "mail"
    LINK = "link"
    ADDRESS = "address"
    HANDLE = "handle"
    PAYMENT = "payment"
    RECRUITING = "recruiting"
    CLIENT = "client"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found, from `start` up to `end` (in characters of the text, end not included)."""

    kind: Kind
    start: int
    end: int


Span = tuple[int, int]  # of words: first, end
Look = Callable[[Sequence[Word], Rules], Iterable[tuple[str, Span]]]
LOOKS: tuple[Look, ...] = (
    numbers.phones,
    numbers.accounts,
    places.mails,
    places.links,
    places.addresses,
    places.handles,
    phrases.phrases,
)


def find(text: str, *, languages: Iterable[str] | None = None) -> tuple[Hit, ...]:
    """What was found, in the order of the text. `languages` None: all that there are rules for.

    All are asked wherever somebody writes: whoever wants to be overlooked would write in another one.
    """
    rules = merged(tuple(LANGUAGES) if languages is None else tuple(key for key in languages if key in LANGUAGES))
    words = words_of(text)
    if len(words) > MOST_WORDS:
        return (Hit(Kind.DRAWN, 0, len(text)),)
    found = sorted(_hits(words, rules), key=lambda hit: (hit.start, -hit.end))
    kept: list[Hit] = []
    for hit in found:
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        if len(kept) == MOST_HITS:
            break
    return tuple(kept)


def _hits(words: Sequence[Word], rules: Rules) -> Iterator[Hit]:
    for look in LOOKS:
        for kind, (first, end) in islice(look(words, rules), MOST_HITS):
            yield Hit(Kind(kind), words[first].start, words[end - 1].end)
