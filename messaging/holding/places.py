"""Places outside where somebody can be reached: mail, links, streets, other services. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from messaging.holding.rules import EVERYWHERE, Rules
from messaging.holding.words import Word, touches

Found = tuple[str, tuple[int, int]]

LONGEST_LINK = 60  # words that touch
LONGEST = 12  # words of a name or a host
_ENDINGS = EVERYWHERE.endings | EVERYWHERE.endings_with_path
_SCHEMES = frozenset({"http", "https", "hxxp", "hxxps"})
_IN_NAMES = frozenset("._-+")
NAME_AFTER_NUMBER = 2  # words of a street's name behind its number


def mails(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """`name@host.nl`, and the same in words: name at gmail punt com."""
    at, dot = rules.at, rules.dot
    for n, word in enumerate(words):
        if word.text in EVERYWHERE.mail_hosts and n > 0:
            end = _ending(words, n + 1, dot)
            before = _before_at(words, n, at)
            if end is not None or before is not None:
                yield "mail", (n - 1 if before is None else before, end or n + 1)
        elif (word.text == "@" or _in_brackets(words, n, at)) and 0 < n < len(words) - 1:
            behind = n + 1 if word.text == "@" else n + 2
            end = _host(words, behind, dot)
            if end is not None:
                yield "mail", (max(0, n - 1 if word.text == "@" else n - 2), end)


def _before_at(words: Sequence[Word], host: int, at: frozenset[str]) -> int | None:
    """Where the name begins, if `at` and a host stand behind it."""
    n = host - 1
    if words[n].text == "@" or words[n].text in at:
        return max(0, n - 1)
    if n >= 2 and words[n].text in ")]" and _in_brackets(words, n - 1, at):
        return max(0, n - 3)
    return None


def _in_brackets(words: Sequence[Word], n: int, known: frozenset[str]) -> bool:
    """(at), [at], and what is no word but stands for the sign alone."""
    text = words[n].text
    if not 0 < n < len(words) - 1 or not (text in known or text in ("at", "a")):
        return False
    return words[n - 1].text in "([{" and words[n + 1].text in ")]}"


def _ending(words: Sequence[Word], n: int, dot: frozenset[str]) -> int | None:
    """Where `. com` or `dot com` that begins here ends."""
    n = _skip_open(words, n)
    if n + 1 < len(words) and (words[n].text == "." or words[n].text in dot):
        n = _skip_close(words, n + 1)
        if n < len(words) and words[n].text in _ENDINGS:
            return n + 1
    return None


def _skip_open(words: Sequence[Word], n: int) -> int:
    return n + 1 if n < len(words) and words[n].text in "([{" else n


def _skip_close(words: Sequence[Word], n: int) -> int:
    return n + 1 if n < len(words) and words[n].text in ")]}" else n


def _host(words: Sequence[Word], first: int, dot: frozenset[str]) -> int | None:
    """Where a host that begins here ends; it has an ending."""
    n = first
    while n < min(first + LONGEST, len(words)) and words[n].is_word:
        end = _ending(words, n + 1, dot)
        if end is not None:
            return end
        if n + 1 < len(words) and words[n + 1].text in "-." and touches(words[n], words[n + 1]):
            n += 2
        elif n + 1 < len(words) and words[n + 1].is_word and touches(words[n], words[n + 1]):
            n += 1
        else:
            break
    return None


def links(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """`https://…`, `www.…`, `name.nl`, and name punt nl."""
    dot = rules.dot
    for n, word in enumerate(words):
        after = [each.text for each in words[n + 1 : n + 4]]
        begins = word.text in _SCHEMES and after == [":", "/", "/"]
        if begins or (word.text == "www" and after and (after[0] == "." or after[0] in dot)):
            yield "link", (n, _until_gap(words, n))
        elif word.text == "." and 0 < n < len(words) - 1 and _is_host(words, n):
            yield "link", (_back(words, n - 1), _until_gap(words, n))
        elif (
            word.text in dot
            and 0 < n < len(words) - 1
            and words[n - 1].is_word
            and words[n + 1].text in EVERYWHERE.endings
            and not touches(words[n - 1], word)
            and (n + 2 == len(words) or words[n + 2].text != "." or n + 3 == len(words))
        ):
            yield "link", (n - 1, n + 2)


def _is_host(words: Sequence[Word], n: int) -> bool:
    """Whether this full stop stands inside a name such as naam.nl."""
    before, after = words[n - 1], words[n + 1]
    if not (before.is_word and touches(before, words[n]) and touches(words[n], after)):
        return False
    if n + 2 < len(words) and touches(after, words[n + 2]) and words[n + 2].is_word:
        return False
    if after.text in EVERYWHERE.endings:
        return True
    path = n + 3 < len(words) and touches(after, words[n + 2]) and words[n + 2].text == "/"
    return path and after.text in EVERYWHERE.endings_with_path and touches(words[n + 2], words[n + 3])


def _back(words: Sequence[Word], n: int) -> int:
    least = max(0, n - LONGEST)
    while n > least and touches(words[n - 1], words[n]) and (words[n - 1].is_word or words[n - 1].text in _IN_NAMES):
        n -= 1
    return n


def _until_gap(words: Sequence[Word], n: int) -> int:
    most = min(len(words), n + LONGEST_LINK)
    while n + 1 < most and touches(words[n], words[n + 1]):
        n += 1
    return n + 1


def addresses(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """A street with its number, in the order of either language; a Dutch postcode as it is written."""
    for n, word in enumerate(words):
        if word.text.endswith(rules.streets):
            if n + 1 < len(words) and _is_number(words[n + 1]) and _is_street(word, rules):
                yield "address", (n, n + 2)
        elif _is_number(word):
            if (end := _behind_number(words, n, rules)) is not None:
                yield "address", (n, end)
            elif _is_postcode(words, n):
                yield "address", (n, n + 2)


def _is_street(word: Word, rules: Rules) -> bool:
    text = word.text
    if text in rules.not_streets:
        return False
    return any(text.endswith(ending) and len(text) >= len(ending) + 3 for ending in rules.streets)


def _is_number(word: Word) -> bool:
    return word.is_digits and len(word.text) <= 4


def _behind_number(words: Sequence[Word], n: int, rules: Rules) -> int | None:
    for ahead in range(n + 1, min(n + 2 + NAME_AFTER_NUMBER, len(words))):
        text = words[ahead].text
        if text in rules.streets_after:
            return ahead + 1 if ahead > n + 1 else None
        if not text.isalpha() or text in rules.not_between:
            return None
    return None


def _is_postcode(words: Sequence[Word], n: int) -> bool:
    """1012AB in one piece; in two it is often a year and a word."""
    if n + 1 >= len(words) or not (words[n].is_digits and len(words[n].text) == 4 and words[n].text[0] != "0"):
        return False
    letters = words[n + 1]
    alone = n + 2 == len(words) or not (touches(letters, words[n + 2]) and words[n + 2].is_word)
    free = n == 0 or not touches(words[n - 1], words[n])
    return touches(words[n], letters) and len(letters.text) == 2 and letters.text.isalpha() and alone and free


def handles(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """`@name`; a service with a name behind it; my snap is …"""
    own, is_ = rules.own, rules.is_
    for n, word in enumerate(words):
        if word.text == "@" and n + 1 < len(words) and _is_name(words, n):
            yield "handle", (n, _until_gap(words, n))
        elif word.text in EVERYWHERE.services and (end := _name_behind(words, n, own, is_)) is not None:
            yield "handle", (n, end)


def _is_name(words: Sequence[Word], n: int) -> bool:
    """Behind an @ that begins a word; inside one it is mail."""
    free = n == 0 or not touches(words[n - 1], words[n]) or not words[n - 1].is_word
    name = words[n + 1]
    return free and name.is_word and touches(words[n], name) and (len(name.text) > 2 or _until_gap(words, n) > n + 2)


def _name_behind(words: Sequence[Word], n: int, own: frozenset[str], is_: frozenset[str]) -> int | None:
    """Where the name ends that stands behind a service: after a colon, as `my … is`, or made like no other word."""
    mine = n > 0 and words[n - 1].text in own
    ahead = n + 1
    if ahead >= len(words):
        return None
    if words[ahead].text in (":", "=", "@", ">") or (mine and words[ahead].text in is_):
        ahead += 2 if ahead + 1 < len(words) and words[ahead + 1].text in (":", "@", "-", "'", '"') else 1
        return _until_gap(words, ahead) if ahead < len(words) and words[ahead].is_word else None
    end = _until_gap(words, ahead)
    made = words[ahead:end]
    if not words[ahead].text.isalpha() or len(made) < 2:
        return None
    return end if any(each.is_digits or each.text == "_" for each in made) else None
