"""What goes out, the same for whatever it is about, and what can come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum

from backend.core.push.address import Address

TTL_S = 24 * 60 * 60
COLLAPSE = "sync"  # one key for everything: a phone that was off shows one


class Outcome(StrEnum):
    """What the push service said."""

    SENT = "sent"
    GONE = "gone"  # this address is no more
    LATER = "later"  # not now: too many, or it does not answer
    DENIED = "denied"  # it does not take us; nothing about the address
    REFUSED = "refused"  # it will not take this, ever; nothing about the address


@dataclass(frozen=True, slots=True)
class Push:
    """One push: to where, and the key of the words to show."""

    address: Address = field(repr=False)
    text_key: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after` in seconds, if the service said it. `why` is a word of the service's vocabulary, for the log."""

    outcome: Outcome
    retry_after: float | None = None
    why: str = ""


def read_retry_after(text: str | None, *, now_s: float) -> float | None:
    """Seconds from a `Retry-After`, as a number or a date; None when there is none."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (TypeError, ValueError):
        return None
