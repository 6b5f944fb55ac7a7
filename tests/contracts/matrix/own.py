"""What is a member's own: the journey, the goals. Nobody else is told that it is there.

Everything that is asked for is ana's.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.core.accounts.actions.roles import give_role
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry, Goal
from peers.referrals.actions.sending import preview_referral, send_referral
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene
from tests.peers.referring import agree

SAID = "Kanarie, for ana alone"

TABLE = """
# about themselves
GET    /api/v1/me/journey           401 200
GET    /api/v1/me/journey/prompts   401 200
POST   /api/v1/me/journey/entries   401 201
GET    /api/v1/me/goals             401 200
POST   /api/v1/me/goals             401 201
GET    /api/v1/referrals            401 200
GET    /api/v1/referrals/receivers  401 200
# by whose it is; below /api/v1
                                    none others ana
GET    /me/journey/entries/{entry}   401    404 200
PATCH  /me/journey/entries/{entry}   401    404 200
DELETE /me/journey/entries/{entry}   401    404 204
GET    /me/goals/{goal}              401    404 200
PATCH  /me/goals/{goal}              401    404 200
DELETE /me/goals/{goal}              401    404 204
POST   /referrals                    401    403 201
POST   /referrals/preview            401    403 200
GET    /referrals/{referral}         401    404 200
DELETE /referrals/{referral}         401    404 204
"""


@dataclass(slots=True)
class OwnScene(Scene):
    """With an organisation, and the tag of what ana would send it."""

    organisation: str = ""
    preview: str = ""


BODIES: Mapping[str, Callable[[OwnScene, str], Mapping[str, Any]]] = {
    "POST /api/v1/me/journey/entries": lambda scene, who: {"text": "A line", "prompt": "keep"},
    "PATCH /api/v1/me/journey/entries/{entry}": lambda scene, who: {"text": "Otherwise"},
    "POST /api/v1/me/goals": lambda scene, who: {"text": "A goal", "directions": ["inside"]},
    "PATCH /api/v1/me/goals/{goal}": lambda scene, who: {"text": "Otherwise"},
    "POST /api/v1/referrals": lambda scene, who: {**_chosen(scene), "expires_in": 86_400, "preview": scene.preview},
    "POST /api/v1/referrals/preview": lambda scene, who: _chosen(scene),
}


def _chosen(scene: OwnScene) -> dict[str, Any]:
    return {"organisation": scene.organisation, "message": SAID}


def build_scene() -> OwnScene:
    """ana with a line and a goal, and everybody who is not ana."""
    scene, now = OwnScene(), utc_now()
    people = scene.people
    for name in ("ana", "ben", "cleo", "max", "olga", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")
    new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=now)
    ana = people["ana"].account
    entry, _ = write_line(Entry, by=ana, words={"text": SAID}, now=now)
    goal, _ = write_line(Goal, by=ana, words={"text": SAID}, now=now)
    agree(ana, "sharing", now=now)
    chosen: dict[str, Any] = {"organisation": house.id, "fields": [], "goals": [], "message": SAID}
    tag = preview_referral(by=ana, **chosen, now=now).tag
    referral = send_referral(by=ana, **chosen, expires_in=timedelta(days=3), preview=tag, now=now)
    scene.organisation, scene.preview = str(house.id), base64.urlsafe_b64encode(tag).decode()
    scene.given = {"entry": str(entry.id), "goal": str(goal.id), "referral": str(referral.id)}
    scene.tokens = {"anonymous": None, **{name: f"Bearer {person.token}" for name, person in people.items()}}
    own = scene.own_ids()
    for who in scene.tokens:
        foreign = {id_ for name, ids in own.items() if name != who for id_ in ids}
        scene.secret[who] = foreign | (set() if who == "ana" else {SAID})
    return scene


AREA = Area(
    name="own",
    columns={"none": ("anonymous",), "others": ("ben", "cleo", "max", "olga", "rosa"), "ana": ("ana",)},
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    with_if_match=("PATCH /api/v1/me/journey/entries/{entry}", "PATCH /api/v1/me/goals/{goal}"),
    outside=("others",),
    # They have not agreed to sharing; whether an organisation is there is public.
    know_anyway={("POST /api/v1/referrals", "others"), ("POST /api/v1/referrals/preview", "others")},
)
