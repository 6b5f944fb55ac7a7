"""Declared states: the allowed transitions are data, checked when the module is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backend.core.errors import Conflict


class States:
    """A state graph, such as `States(start="asked", moves={"asked": ("accepted", "declined")})`."""

    def __init__(self, *, start: str, moves: Mapping[str, Iterable[str]]) -> None:
        self.start = start
        self.moves = {state: frozenset(targets) for state, targets in moves.items()}
        self.all = frozenset(self.moves) | {target for targets in self.moves.values() for target in targets}
        reached, edge = {start}, [start]
        while edge:
            for target in self.moves.get(edge.pop(), frozenset()) - reached:
                reached.add(target)
                edge.append(target)
        if reached != self.all:
            raise ValueError(f"states that nothing leads to: {sorted(self.all - reached)}")

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For a model field."""
        return [(state, state) for state in sorted(self.all)]

    def move(self, *, present: str, to: str) -> str:
        """The new state, or a `Conflict` that names neither."""
        if to not in self.moves.get(present, frozenset()):
            raise Conflict("state_conflict")
        return to
