"""Ways in and back: invites, recoveries. Who gets what.

The invite is ben's; the code that is typed is one of olga's. Nobody can tell whose the recovery is (cleo's).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.contracts.matrix.area import Area
from tests.contracts.matrix.ways_in_scene import PHRASE, WaysInScene, build_scene

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "none": ("anonymous", "unknown"),
    "cleo": ("cleo", "max"),  # a member and a moderator: neither invites
    "rosa": ("rosa",),  # a coordinator
    "olga": ("olga",),
    "ben": ("ben",),  # a peer expert
}

TABLE = """
# below /api/v1
                                   none cleo rosa olga ben
GET    /invites                    401  200  200  200  200
POST   /invites                    401  403  201  201  201
POST   /invites/redeem             401  200  200  400  200
DELETE /invites/{invite}           401  404  404  404  204
GET    /me/recovery                401  200  200  200  200
PUT    /me/recovery                401  200  200  200  200
GET    /me/erasure                 401  200  200  200  200
POST   /me/erasure                 401  202  409  409  202
DELETE /me/erasure                 401  204  204  204  204
POST   /recoveries                 201  201  201  201  201
POST   /recoveries/{recovery}/confirm 401 204 204 204  204
POST   /recoveries/{recovery}/fetch   200 200 200 200  200
POST   /recoveries/{recovery}/object  204 204 204 204  204
"""


def _nobody(scene: WaysInScene, who: str) -> Mapping[str, Any]:
    return {"helpers": [], "access_code": scene.people.get(who, scene.people["cleo"]).code}


BODIES: Mapping[str, Callable[[WaysInScene, str], Mapping[str, Any]]] = {
    "POST /api/v1/invites": lambda scene, who: {"kind": "member", "days": 7},
    "POST /api/v1/invites/redeem": lambda scene, who: {"invite": scene.code},
    "PUT /api/v1/me/recovery": _nobody,
    "POST /api/v1/me/erasure": lambda scene, who: {"when": "grace"},
    "POST /api/v1/recoveries/{recovery}/confirm": lambda scene, who: {"phrase": PHRASE},
    "POST /api/v1/recoveries/{recovery}/fetch": lambda scene, who: {"secret": scene.secret_of_recovery},
    "POST /api/v1/recoveries/{recovery}/object": lambda scene, who: {"access_code": scene.people["cleo"].code},
}

AREA = Area(
    name="ways in",
    columns=COLUMNS,
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    outside=("cleo",),
    know_anyway={("POST /api/v1/invites", "cleo")},  # making one tells nothing about those that are there
)
