"""The facts that come with the repository, as they are in `backend/core/data`: read, never guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "backend" / "core" / "data"
SPECIFIC = "sex-work-specific"
SURE = "confirmed"


@dataclass(frozen=True, slots=True)
class Fact:
    """An organisation that a public source names, and how sure that source is."""

    name: str
    places: tuple[str, ...]  # keys of regions, or of areas that are not known as regions
    nationwide: bool
    specific: bool
    what: str
    status: str

    @property
    def is_sure(self) -> bool:
        """Only what is plainly confirmed; dated facts are not."""
        return self.status == SURE


def read_helplines() -> list[dict[str, Any]]:
    """The rows of the helplines, in their order."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / "helplines.json").read_text(encoding="utf-8"))["helplines"]
    return [{**row, "position": position} for position, row in enumerate(rows)]


def read_organisations() -> list[Fact]:
    """The organisations that public sources name."""
    rows = json.loads((FOLDER / "organisations.json").read_text(encoding="utf-8"))["organisations"]
    return [_fact(row) for row in rows]


def _fact(row: dict[str, str]) -> Fact:
    places = tuple(place.strip() for place in row["region"].split(",") if place.strip())
    return Fact(
        name=row["name"],
        places=tuple(place for place in places if place != "national"),
        nationwide="national" in places,
        specific=row["kind"] == SPECIFIC,
        what=row["kind"],
        status=row["status"],
    )
