"""Who gets what: each route and method × each way to stand to what is asked for. `test_matrix.py` holds it to be true.

An area has a file here with its `AREA`, and one with its scene.
"""

from __future__ import annotations

from tests.contracts.matrix import (
    aftercare,
    along,
    beside,
    contacts,
    directory,
    moderation,
    own,
    talks,
    waking,
    ways_in,
)
from tests.contracts.matrix.area import Area

AREAS = (
    talks.AREA,
    own.AREA,
    beside.AREA,
    ways_in.AREA,
    moderation.AREA,
    directory.AREA,
    contacts.AREA,
    aftercare.AREA,
    waking.AREA,
    along.AREA,
)
AREA_OF = {row: area for area in AREAS for row in area.rows}
TABLE = {row: cells for area in AREAS for row, cells in area.rows.items()}


def area_of_path(path: str) -> Area:
    """The area that a path belongs to: that of its first row."""
    return next(area for row, area in AREA_OF.items() if row.split()[1] == path)
