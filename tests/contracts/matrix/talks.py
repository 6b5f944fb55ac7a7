"""Accounts, groups, talks: who gets what.

The group is ben's, the message ana's, the membership hers, the session one of hers, the request emma's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from backend.core.accounts.consents import ACCOUNT, CONSENTS
from tests.cast import utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.talks_scene import TalksScene, build_scene

# Column → who stands like this to the group. Everybody of the scene is in one.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "none": ("anonymous", "unknown", "malformed", "revoked", "expired", "locked"),  # no session that is open
    "cleo": ("cleo",),  # a stranger
    "team": ("max", "lea", "olga"),  # moderators and a coordinator: strangers to a talk as well
    "paul": ("paul",),  # leads another group
    "asks": ("emma",),  # waits to be let in
    "left": ("fien",),
    "out": ("gus",),  # was removed
    "hid": ("hope", "ida"),  # members; one has blocked ana, the other is blocked by ana
    "dora": ("dora",),  # a fellow member
    "ana": ("ana",),
    "ben": ("ben",),  # leads the group
}

TABLE = """
# for everybody, signed in or not
GET    /healthz                     200
GET    /readyz                      200
GET    /metrics                     200
GET    /api/docs                    200
GET    /api/docs/{name}             200
GET    /api/v1/schema               200
GET    /api/v1/meta                 200
GET    /api/v1/consents             200
GET    /api/v1/regions              200
POST   /api/v1/accounts             201
POST   /api/v1/sessions             201
# for everybody who is signed in, about themselves or nobody
GET    /api/v1/me                   401 200
PATCH  /api/v1/me                   401 200
POST   /api/v1/me/access-code       401 200
GET    /api/v1/me/admission-requests 401 200
GET    /api/v1/me/aliases           401 200
GET    /api/v1/me/consents          401 200
PUT    /api/v1/me/consents          401 200
GET    /api/v1/me/held              401 200
GET    /api/v1/me/looks             401 200
GET    /api/v1/me/profile           401 200
PATCH  /api/v1/me/profile           401 200
POST   /api/v1/realtime/tickets     401 201
GET    /api/v1/sessions             401 200
DELETE /api/v1/sessions             401 204
POST   /api/v1/sync                 401 200
GET    /api/v1/blocks               401 200
GET    /api/v1/conversations        401 200
GET    /api/v1/groups               401 200
# by how one stands to it; below /api/v1
                                                                    none cleo team paul asks left out hid dora ana ben
DELETE /admission-requests/{admission}                               401  404  404  404  204  404 404 404  404 404 404
POST   /admission-requests/{admission}/accept                        401  404  404  404  403  404 404 404  404 404 200
POST   /admission-requests/{admission}/decline                       401  404  404  404  403  404 404 404  404 404 200
PUT    /blocks/{membership}                                          401  404  404  404  404  404 404 204  204 400 204
DELETE /blocks/{membership}                                          401  404  404  404  404  404 404 204  204 204 204
POST   /conversations                                                401  404  404  404  404  404 404 201  201 200 404
GET    /conversations/{conversation}                                 401  404  404  404  404  404 404 200  200 200 200
DELETE /conversations/{conversation}/membership                      401  404  404  404  404  204 204 204  204 204 409
PUT    /conversations/{conversation}/mute                            401  404  404  404  404  404 404 204  204 204 204
DELETE /conversations/{conversation}/mute                            401  404  404  404  404  404 404 204  204 204 204
PUT    /conversations/{conversation}/read                            401  404  404  404  404  404 404 204  204 204 204
GET    /conversations/{conversation}/messages                        401  404  404  404  404  404 404 200  200 200 200
POST   /conversations/{conversation}/messages                        401  404  404  404  404  404 404 201  201 201 201
PATCH  /conversations/{conversation}/messages/{seq}                  401  404  404  404  404  404 404 404  403 200 403
DELETE /conversations/{conversation}/messages/{seq}                  401  404  404  404  404  404 404 404  403 204 403
PUT    /conversations/{conversation}/messages/{seq}/reactions/{key}  401  404  404  404  404  404 404 404  204 204 204
DELETE /conversations/{conversation}/messages/{seq}/reactions/{key}  401  404  404  404  404  404 404 404  204 204 204
POST   /groups                                                       401  403  403  201  403  403 403 403  403 403 201
GET    /groups/{group}                                               401  200  200  200  200  200 200 200  200 200 200
PATCH  /groups/{group}                                               401  404  404  404  404  404 404 403  403 403 200
DELETE /groups/{group}                                               401  404  404  404  404  404 404 403  403 403 204
GET    /groups/{group}/admission-requests                            401  404  404  404  404  404 404 403  403 403 200
POST   /groups/{group}/admission-requests                            401  201  201  201  409  201 403 409  409 409 409
GET    /groups/{group}/held                                          401  404  404  404  404  404 404 403  403 403 200
POST   /groups/{group}/held/{held}/release                           401  404  404  404  404  404 404 403  403 403 200
POST   /groups/{group}/held/{held}/return                            401  404  404  404  404  404 404 403  403 403 200
GET    /me/held/{held}                                               401  404  404  404  404  404 404 404  404 200 404
PATCH  /me/held/{held}                                               401  404  404  404  404  404 404 404  404 200 404
DELETE /me/held/{held}                                               401  404  404  404  404  404 404 404  404 204 404
POST   /groups/{group}/lead                                          401  404  404  404  404  404 404 403  403 403 200
GET    /groups/{group}/members                                       401  404  404  404  404  404 404 200  200 200 200
PATCH  /groups/{group}/members/{membership}                          401  404  404  404  404  404 404 403  403 403 200
DELETE /groups/{group}/members/{membership}                          401  404  404  404  404  404 404 403  403 403 204
POST   /groups/{group}/members/{membership}/remove                   401  404  404  404  404  404 404 403  403 403 204
PUT    /groups/{group}/messages/{seq}/hidden                         401  404  404  404  404  404 404 403  403 403 204
DELETE /groups/{group}/messages/{seq}/hidden                         401  404  404  404  404  404 404 403  403 403 204
DELETE /sessions/{session}                                           401  404  404  404  404  404 404 404  404 204 404
"""

Body = Mapping[str, Any]
BODIES: Mapping[str, Callable[[TalksScene, str], Body]] = {
    "POST /api/v1/accounts": lambda scene, who: {
        "locale": "nl",
        "adult": True,
        "consents": {ACCOUNT: CONSENTS[ACCOUNT]},
    },
    "PATCH /api/v1/me": lambda scene, who: {"locale": "es"},
    "POST /api/v1/me/access-code": lambda scene, who: {"access_code": scene.code_of(who)},
    "PUT /api/v1/me/consents": lambda scene, who: {"consents": {ACCOUNT: CONSENTS[ACCOUNT]}},
    "PATCH /api/v1/me/profile": lambda scene, who: {"about": "I like the sea."},
    "POST /api/v1/sessions": lambda scene, who: {"access_code": scene.code_of(who)},
    "POST /api/v1/sync": lambda scene, who: {"cursors": {"inbox": 0, scene.group: 0, scene.talk: 0}},
    "POST /api/v1/groups": lambda scene, who: {"title": "Another one"},
    "PATCH /api/v1/groups/{group}": lambda scene, who: {"about": "Evenings"},
    "POST /api/v1/groups/{group}/admission-requests": lambda scene, who: {"alias": f"Once more {who}"[:24]},
    "POST /api/v1/groups/{group}/held/{held}/release": lambda scene, who: {"version": 1},
    "POST /api/v1/groups/{group}/held/{held}/return": lambda scene, who: {"version": 1, "word": "Not here"},
    "PATCH /api/v1/me/held/{held}": lambda scene, who: {"body": "Hoi, anders"},
    "PATCH /api/v1/groups/{group}/members/{membership}": lambda scene, who: {"muted_until": _tomorrow()},
    "POST /api/v1/conversations": lambda scene, who: {"kind": "direct", "with": scene.peer},
    "POST /api/v1/conversations/{conversation}/messages": lambda scene, who: {"client_id": str(uuid4()), "body": "Hoi"},
    "PATCH /api/v1/conversations/{conversation}/messages/{seq}": lambda scene, who: {"body": "Hoi, anders"},
    "PUT /api/v1/conversations/{conversation}/read": lambda scene, who: {"seq": 1},
}
QUERIES: Mapping[str, str] = {"DELETE /api/v1/sessions": "except=current"}
# Changes that must name the version they are based on; `*` stands for whichever it is.
WITH_IF_MATCH = ("PATCH /api/v1/me/profile", "PATCH /api/v1/groups/{group}")
OUTSIDE = ("cleo", "team", "paul", "asks", "left", "out")  # the columns of who does not belong to the group
KNOW_ANYWAY = {
    ("POST /api/v1/groups", "*"),  # making a new one tells nothing about those that are there
    ("POST /api/v1/admission-requests/{admission}/accept", "asks"),  # their own request
    ("POST /api/v1/admission-requests/{admission}/decline", "asks"),
    ("POST /api/v1/groups/{group}/admission-requests", "out"),  # they were told that they were removed
}


def _tomorrow() -> str:
    return (utc_now() + timedelta(days=1)).isoformat()


AREA = Area(
    name="talks",
    columns=COLUMNS,
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    queries=QUERIES,
    with_if_match=WITH_IF_MATCH,
    outside=OUTSIDE,
    know_anyway=KNOW_ANYWAY,
)
