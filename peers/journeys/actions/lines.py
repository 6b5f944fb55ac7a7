"""Lines of the journey and goals: written, changed and removed by the member, as often as they like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import FieldError
from backend.core.sealing import vault
from backend.core.streams.append import append
from backend.core.text import normalise_body
from backend.core.vocabulary import Direction, Domain
from peers.journeys import access, errors, events
from peers.journeys.models import Goal, Line
from peers.journeys.prompts import PROMPTS
from peers.journeys.queries import Words, read_lines, seal_words

MAX_TEXT = 4000  # characters
MAX_GOALS = 100

L = TypeVar("L", bound=Line)


def write_line(kind: type[L], *, by: Account, words: Mapping[str, Any], now: datetime) -> tuple[L, Words]:
    """Write a line: text and, if wanted, domain, directions, prompt (keys).

    Raises `GoalsFull`, `ValueUnknown` and what the text's form refuses.
    """
    vault.create_key(owner=by.id, at=now)  # first, in its own database
    return _write_line(kind, by=by, words=_checked(words), now=now)


@write
def _write_line(kind: type[L], *, by: Account, words: Mapping[str, Any], now: datetime) -> tuple[L, Words]:
    if kind is Goal:
        accounts.account(account=by.id, lock=True)
        if Goal.objects.filter(account=by).count() >= MAX_GOALS:
            raise errors.GoalsFull
    line, said = kind(account=by, written_at=now), Words(**words)
    line.sealed = seal_words(line, said)
    line.save(force_insert=True)
    append(stream=by.inbox, kind=events.JOURNEY_CHANGED, at=now)
    return line, said


@write
def change_line(
    kind: type[L], *, by: Account, line: UUID, changes: Mapping[str, Any], check: Callable[[int], None], now: datetime
) -> tuple[L, Words]:
    """Change what is named. `check` refuses a version that the caller did not know. The same again changes nothing.

    Raises `NotFound`, what `check` raises, and as `write_line`.
    """
    there = access.line(kind, by=by, line=line, lock=True)
    check(there.version)
    ((_, before),) = read_lines([there], by=by, now=now)
    said = replace(before, **_checked(changes))
    if said == before:
        return there, before
    there.version += 1
    there.changed_at = now
    there.sealed = seal_words(there, said)
    there.save(update_fields=["version", "changed_at", "sealed"])
    append(stream=by.inbox, kind=events.JOURNEY_CHANGED, at=now)
    return there, said


@write
def remove_line(kind: type[Line], *, by: Account, line: UUID, now: datetime) -> None:
    """Remove a line for good. Raises `NotFound`."""
    access.line(kind, by=by, line=line, lock=True).delete()
    append(stream=by.inbox, kind=events.JOURNEY_CHANGED, at=now)


def _checked(words: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(words)
    if "text" in words:
        checked["text"] = normalise_body(text=words["text"], limit=MAX_TEXT)
    if "directions" in words:
        checked["directions"] = tuple(dict.fromkeys(words["directions"]))
    _refuse_unless("domain", [words.get("domain")], [None, *Domain])
    _refuse_unless("prompt", [words.get("prompt")], [None, *PROMPTS])
    _refuse_unless("directions", checked.get("directions", ()), list(Direction))
    return checked


def _refuse_unless(field: str, given: Any, known: Any) -> None:
    if any(value not in known for value in given):
        code = errors.ValueUnknown.code
        raise errors.ValueUnknown(errors=(FieldError(f"/{field}", code),))
