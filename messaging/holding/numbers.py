"""Numbers that reach somebody or pay somebody: phone numbers, bank accounts, cards, wallets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from messaging.holding.rules import EVERYWHERE, Rules
from messaging.holding.words import Word, joined, touches

Found = tuple[str, tuple[int, int]]

_BETWEEN = frozenset("-./()+ _*,~|")  # what may stand between the digits of one number
_BREAKS = frozenset(",")  # … but a list of numbers is not one
_BEGIN = frozenset("+(")
_LIKE_DIGIT = frozenset({"o", "l", "i"})
_LIKE_DIGITS = str.maketrans("oil", "011")
LONGEST = 24  # words of one number
NATIONAL = range(9, 12)  # digits, from the 0 on
INTERNATIONAL = range(9, 16)
MOBILE = 9  # digits of a Dutch mobile number without its 0
IBAN = range(15, 35)
_VALUES = str.maketrans({chr(ord("a") + n): str(10 + n) for n in range(26)})  # of letters, in check digits
CARD = 16


_WALLETS = frozenset({"bc", "0", "t", "1", "3"})


def phones(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """Digits, written or spelled out, that are as many as a phone number has and begin like one."""
    spelled = rules.digits
    n = 0
    while n < len(words):
        text = words[n].text
        begins = text in _BEGIN or text[0].isdigit() or text in spelled or text in _LIKE_DIGIT
        run = _run(words, n, spelled) if begins else None
        if run is None:
            n += 1
            continue
        end, digits, plus = run
        if _is_phone(digits, plus):
            yield "phone", (n, end)
        n = end


def _run(words: Sequence[Word], first: int, spelled: Mapping[str, str]) -> tuple[int, str, bool] | None:
    """A row of digits from here: where it ends, its digits, whether a plus stands before it."""
    start = first
    plus = words[first].text == "+"
    if plus or words[first].text == "(":
        first += 1
    digits, end, n, tens = "", first, first, False
    while n < len(words) and n - start < LONGEST:
        text = words[n].text
        if text[0].isdigit() and not plus and (date := _date(words, n)):
            if digits:
                break
            return date, "", False
        value = _value(words, n, spelled)
        if value is not None:
            if tens and len(value) == 1 and text.isalpha():  # thirty four
                digits = digits[:-1]
            tens = text.isalpha() and len(value) == 2 and value[1] == "0" and value != "10"
            digits += value
            end = n + 1
        elif not digits or text not in _BETWEEN or text in _BREAKS:
            break
        n += 1
    return (end, digits, plus) if digits else None


def _value(words: Sequence[Word], n: int, spelled: Mapping[str, str]) -> str | None:
    word = words[n]
    if word.is_digits:
        return word.text
    if word.text in spelled:
        return spelled[word.text]
    # "o6", "l2": a letter that touches digits and looks like one
    beside = (n > 0 and words[n - 1].is_digits and touches(words[n - 1], word)) or (
        n + 1 < len(words) and words[n + 1].is_digits and touches(word, words[n + 1])
    )
    if beside and len(word.text) <= 2 and set(word.text) <= set("oil"):
        return word.text.translate(_LIKE_DIGITS)
    return None


def _date(words: Sequence[Word], n: int) -> int | None:
    """Where a date that begins here ends: 12-03-2026, 2026/03/12."""
    if n + 5 > len(words):
        return None
    a, s, b, t, c = (word.text for word in words[n : n + 5])
    if s != t or s not in "-./" or not (a.isdigit() and b.isdigit() and c.isdigit()) or len(b) > 2:
        return None
    if (len(a) <= 2 and len(c) == 4 and c[:2] in ("19", "20")) or (
        len(c) <= 2 and len(a) == 4 and a[:2] in ("19", "20")
    ):
        return n + 5
    return None


def _is_phone(digits: str, plus: bool) -> bool:
    if plus or digits.startswith("00"):
        return len(digits.lstrip("0")) in INTERNATIONAL
    if digits.startswith("0"):
        return len(digits) in NATIONAL and len(set(digits)) > 2
    return len(digits) == MOBILE and digits[0] == "6" and len(set(digits)) > 2


def accounts(words: Sequence[Word], rules: Rules) -> Iterator[Found]:
    """Bank accounts (IBAN) and cards by their check digits, and wallets by their form."""
    n = 0
    while n < len(words):
        text, end = words[n].text, None
        if n == 0 or not touches(words[n - 1], words[n]):  # where something begins
            end = _iban(words, n) if len(text) == 2 else _card(words, n) if text[0].isdigit() else None
            if end is None and text in _WALLETS:
                end = _wallet(words, n)
        if end is not None:
            yield "payment", (n, end)
        n = end or n + 1


def _iban(words: Sequence[Word], first: int) -> int | None:
    if first + 1 >= len(words) or not (words[first].text.isalpha() and words[first + 1].is_digits):
        return None
    text, ends = "", []
    for n in range(first, min(first + LONGEST, len(words))):
        word = words[n]
        if word.text in ("-", "."):
            continue
        if not (word.is_word and word.text.isascii()) or len(text) + len(word.text) >= IBAN.stop:
            break
        text += word.text
        ends.append((n + 1, len(text)))
    return next((end for end, size in reversed(ends) if size in IBAN and _is_iban(text[:size])), None)


def _is_iban(text: str) -> bool:
    if not text[2:4].isdigit():
        return False
    turned = text[4:] + text[:4]
    return int(turned.translate(_VALUES)) % 97 == 1


def _card(words: Sequence[Word], first: int) -> int | None:
    digits = ""
    for n in range(first, min(first + LONGEST, len(words))):
        if words[n].is_digits:
            digits += words[n].text
        elif words[n].text != "-" or not digits:
            break
        if len(digits) >= CARD:
            return n + 1 if len(digits) == CARD and _is_card(digits) else None
    return None


def _is_card(digits: str) -> bool:
    if len(set(digits)) < 2:
        return False
    doubled = [int(digit) * (2 - n % 2) for n, digit in enumerate(digits)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _wallet(words: Sequence[Word], first: int) -> int | None:
    end = first + 1
    while end < len(words) and end - first < 80 and words[end].is_word and touches(words[end - 1], words[end]):
        end += 1
    text = joined(words[first:end])
    if not text.isascii() or not any(sign.isdigit() for sign in text):
        return None
    for prefix in EVERYWHERE.wallets:  # such as `0x40`: how it begins, and how many signs follow
        begin, _, size = prefix.partition(":")
        if text.startswith(begin) and len(text) - len(begin) in _sizes(size):
            return end
    return None


def _sizes(told: str) -> range:
    least, _, most = told.partition("-")
    return range(int(least), int(most or least) + 1)
