"""An area of the API: its routes, who can stand how to what is asked for, and what each of them gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.contracts.matrix.scene import Scene


@dataclass(frozen=True)
class Area:
    """One table of the matrix.

    `columns`: column → who stands like this; everybody of the scene is in one. The column "none" is for who has no open
    session. `table`: lines of method, path and statuses; a line `# … below /x` puts a path before those that follow.
    `build` makes the scene. `bodies`: row → what is sent, made from the scene and who sends. `forms`: row of a
    page → what its form sends, or makes of the scene. `with_if_match`: rows that
    must name a version. `outside`: the columns of strangers, who are told 404 and never 403, but for `know_anyway`:
    (row, column or "*").
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    table: str
    build: Callable[[], Scene]
    bodies: Mapping[str, Callable[[Any, str], Mapping[str, Any]]] = field(default_factory=dict)
    forms: Mapping[str, Mapping[str, str] | Callable[[Any], Mapping[str, str]]] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)
    with_if_match: Collection[str] = ()
    outside: Collection[str] = ()
    know_anyway: Collection[tuple[str, str]] = ()

    @property
    def everybody(self) -> list[str]:
        """All people, by column."""
        return [who for people in self.columns.values() for who in people]

    @cached_property
    def rows(self) -> dict[str, dict[str, int]]:
        """`METHOD /path` → column → status. Raises ValueError for a line that does not fit.

        One status is that of everybody; two are those of "none" and of everybody else.
        """
        rows: dict[str, dict[str, int]] = {}
        below = ""
        for line in self.table.strip("\n").splitlines():
            if line.startswith("#"):
                below = line.rpartition("below ")[2] if "below " in line else ""
                continue
            if line.startswith(" "):
                if line.split() != list(self.columns):
                    raise ValueError("columns")
                continue
            method, path, *given = line.split()
            cells = [int(cell) for cell in given]
            if len(cells) == 1:
                cells = cells * len(self.columns)
            elif len(cells) == 2:
                cells = [cells[0], *[cells[1]] * (len(self.columns) - 1)]
            row = f"{method} {below}{path}"
            if row in rows:
                raise ValueError(f"twice: {row}")
            rows[row] = dict(zip(self.columns, cells, strict=True))
        return rows
