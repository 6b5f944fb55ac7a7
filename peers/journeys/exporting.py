"""What a member takes along of their journey: all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from backend.core.exports.registry import Asking, Row, register_part, rows_of
from peers.journeys.models import Entry, Goal, Line
from peers.journeys.queries import entries_of, goals_of, read_lines

L = TypeVar("L", bound=Line)


def register() -> None:
    """Called at `ready()`."""
    by = ("written_at", "id")
    register_part(
        name="journey",
        says="The lines of one's journey.",
        read=rows_of(lambda account: entries_of(account=account), _lines(Entry), by=by),
        models=(Entry,),
    )
    register_part(
        name="goals",
        says="One's own goals.",
        read=rows_of(lambda account: goals_of(account=account), _lines(Goal), by=by),
        models=(Goal,),
    )


def _lines(kind: type[L]) -> Callable[[Sequence[L], Asking], Iterable[Row]]:
    def show(found: Sequence[L], asking: Asking) -> Iterable[Row]:
        for line, words in read_lines(found, by=asking.account, now=asking.now):
            yield {
                "text": words.text,
                "domain": words.domain,
                "directions": words.directions,
                "prompt": words.prompt,
                "written_at": line.written_at,
                "changed_at": line.changed_at,
            }

    return show
