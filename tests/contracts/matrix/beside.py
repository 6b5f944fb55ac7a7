"""Peer experts and who looks for one: who gets what. ben is a peer expert, olga coordinates his organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.contracts.matrix.area import Area
from tests.contracts.matrix.beside_scene import BesideScene, build_scene

COLUMNS = {
    "none": ("anonymous",),
    "cleo": ("cleo",),
    "team": ("max", "olga"),
    "ben": ("ben",),
}

TABLE = """
# below /api/v1
                      none cleo team ben
GET    /me/expert     401  404  404  200
PATCH  /me/expert     401  404  404  200
"""

BODIES: Mapping[str, Callable[[BesideScene, str], Mapping[str, Any]]] = {
    "PATCH /api/v1/me/expert": lambda scene, who: {"taking_new": False},
}

AREA = Area(
    name="beside",
    columns=COLUMNS,
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    with_if_match=("PATCH /api/v1/me/expert",),
    outside=("cleo", "team"),
)
