"""Reports, decisions, appeals: who gets what. ana has reported what dora wrote; dora has appealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moderation.rules import VERSION
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.moderation_scene import ModerationScene, build_scene

COLUMNS = {
    "none": ("anonymous",),
    "olga": ("olga",),  # a stranger to all of it
    "team": ("max", "mia"),  # moderators: what they do is in the console
    "cleo": ("cleo",),  # a fellow member
    "ben": ("ben",),  # leads the group, and is dora's contact person
    "ana": ("ana",),
    "dora": ("dora",),
}

TABLE = """
# for everybody
GET    /api/v1/rules                      200
GET    /api/v1/transparency               200
POST   /api/v1/notices                    201
POST   /api/v1/notices/look-up            200
GET    /info/rules                        200
GET    /info/figures                      200
GET    /info/notice                       200
POST   /info/notice                       201
GET    /info/notice/look-up               200
POST   /info/notice/look-up               200
# for everybody who is signed in
GET    /api/v1/me/rules                   401 200
PUT    /api/v1/me/rules                   401 204
GET    /api/v1/reports                    401 200
GET    /api/v1/me/decisions               401 200
GET    /api/v1/me/care                    401 200
PUT    /api/v1/me/care                    401 204
GET    /api/v1/care/talks                 401 200
GET    /api/v1/care/asks                  401 200
# below /api/v1
                                          none olga team cleo  ben  ana dora
POST   /care/worries                       401  404  404  403  201  403  403
GET    /care/talks/{talk}                  401  404  404  404  404  404  200
POST   /care/talks/{talk}                  401  404  404  404  404  404  201
POST   /care/asks/{ask}                    401  404  404  404  200  404  404
POST   /reports                            401  404  404  201  201  201  400
GET    /reports/{report}                   401  404  404  404  404  200  404
POST   /reports/{report}/messages          401  404  404  404  404  201  404
POST   /decisions/{decision}/appeals       401  404  404  404  404  404  201
GET    /appeals/{appeal}                   401  404  404  404  404  404  200
POST   /appeals/{appeal}                   401  404  404  404  404  404  201
"""

Body = Mapping[str, Any]
BODIES: Mapping[str, Callable[[ModerationScene, str], Body]] = {
    "PUT /api/v1/me/rules": lambda scene, who: {"version": VERSION},
    "POST /api/v1/notices": lambda scene, who: {
        "reason": "threats",
        "where": "Side by side",
        "text": "Look",
        "in_good_faith": True,
    },
    "POST /api/v1/notices/look-up": lambda scene, who: {"reference": scene.reference},
    "PUT /api/v1/me/care": lambda scene, who: {"contact_may_be_asked": True},
    "POST /api/v1/care/worries": lambda scene, who: scene.target,
    "POST /api/v1/care/talks/{talk}": lambda scene, who: {"text": "I am here"},
    "POST /api/v1/care/asks/{ask}": lambda scene, who: {"in_touch": True},
    "POST /api/v1/reports": lambda scene, who: {"target": scene.target, "reason": "threats", "note": "Look"},
    "POST /api/v1/reports/{report}/messages": lambda scene, who: {"text": "Since Monday"},
    "POST /api/v1/decisions/{decision}/appeals": lambda scene, who: {"text": "It was a joke"},
    "POST /api/v1/appeals/{appeal}": lambda scene, who: {"text": "Really"},
}

FORMS: Mapping[str, Mapping[str, str] | Callable[[ModerationScene], Mapping[str, str]]] = {
    "POST /info/notice": {"reason": "threats", "where": "Side by side", "text": "Look", "in_good_faith": "on"},
    "POST /info/notice/look-up": lambda scene: {"reference": scene.reference},
}

AREA = Area(
    name="moderation",
    columns=COLUMNS,
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    forms=FORMS,
    outside=("olga", "team", "cleo"),
    know_anyway={("POST /api/v1/care/worries", "cleo")},  # she belongs to the place
)
