"""Reads of the member's own lines: one query for the rows, one for the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from django.db.models import QuerySet

from backend.core.accounts.models import Account
from backend.core.sealing import seal, vault
from peers.journeys.models import Entry, Goal, Line

L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True)
class Words:
    """What a line says. `domain` and `prompt` are keys or None, `directions` keys; several may stand together."""

    text: str
    domain: str | None = None
    directions: tuple[str, ...] = ()
    prompt: str | None = None


def entries_of(*, account: Account) -> QuerySet[Entry]:
    """All lines of the journey, unordered."""
    return Entry.objects.filter(account=account)


def goals_of(*, account: Account) -> QuerySet[Goal]:
    """All goals, unordered."""
    return Goal.objects.filter(account=account)


def read_lines(lines: Sequence[L], *, by: Account, now: datetime) -> list[tuple[L, Words]]:
    """The lines with what they say. Raises `ValueError` for lines of anybody else."""
    if any(line.account_id != by.id for line in lines):
        raise ValueError("not one's own")
    opened = vault.open_own(account=by.id, sealed=[(bytes(line.sealed), place_of(line)) for line in lines], now=now)
    return [(line, _read(text)) for line, text in zip(lines, opened, strict=True)]


def seal_words(line: Line, words: Words) -> bytes:
    """The words, sealed to the line's writer for the place and version that the line now has."""
    told = {"text": words.text, "domain": words.domain, "directions": list(words.directions), "prompt": words.prompt}
    return vault.seal_for(owner=line.account_id, text=orjson.dumps(told), aad=place_of(line))


def place_of(line: Line) -> bytes:
    """Where a line's words belong."""
    return seal.aad(line.KIND, line.id, "sealed", line.version, line.account_id)


def _read(opened: bytes) -> Words:
    told: dict[str, Any] = orjson.loads(opened)
    return Words(
        text=told["text"], domain=told["domain"], directions=tuple(told["directions"]), prompt=told.get("prompt")
    )
