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
    "dora": ("dora",),  # waits, for nobody who fits was free
    "ana": ("ana",),  # to whom ben is proposed
    "ben": ("ben",),
}

TABLE = """
# for everybody who is signed in, about themselves
GET    /api/v1/matches         401 200
POST   /api/v1/matches         401 201
DELETE /api/v1/matches         401 204
# by how one stands to ben; below /api/v1
                               none cleo team dora ana ben
GET    /me/expert              401  404  404  404  404 200
PATCH  /me/expert              401  404  404  404  404 200
POST   /matches/organisation   401  409  409  200  409 409
POST   /matches/{match}/accept  401 404  404  404  200 404
POST   /matches/{match}/decline 401 404  404  404  200 404
GET    /peers/{peer}           401  404  404  404  200 404
"""

BODIES: Mapping[str, Callable[[BesideScene, str], Mapping[str, Any]]] = {
    "PATCH /api/v1/me/expert": lambda scene, who: {"taking_new": False},
    "POST /api/v1/matches": lambda scene, who: {"languages": ["nl", "es"], "domains": ["work"]},
    "POST /api/v1/matches/organisation": lambda scene, who: {"organisation": scene.organisation},
}

AREA = Area(
    name="beside",
    columns=COLUMNS,
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    with_if_match=("PATCH /api/v1/me/expert",),
    outside=("cleo", "team", "dora"),
)
