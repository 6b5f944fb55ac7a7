"""What is a member's own: the journey, the goals. Nobody else is told that it is there.

Everything that is asked for is ana's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.core.accounts.actions.roles import give_role
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry, Goal
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene

SAID = "Kanarie, for ana alone"

TABLE = """
# about themselves
GET    /api/v1/me/journey           401 200
GET    /api/v1/me/journey/prompts   401 200
POST   /api/v1/me/journey/entries   401 201
GET    /api/v1/me/goals             401 200
POST   /api/v1/me/goals             401 201
# by whose it is; below /api/v1
                                    none others ana
GET    /me/journey/entries/{entry}   401    404 200
PATCH  /me/journey/entries/{entry}   401    404 200
DELETE /me/journey/entries/{entry}   401    404 204
GET    /me/goals/{goal}              401    404 200
PATCH  /me/goals/{goal}              401    404 200
DELETE /me/goals/{goal}              401    404 204
"""

BODIES: Mapping[str, Callable[[Scene, str], Mapping[str, Any]]] = {
    "POST /api/v1/me/journey/entries": lambda scene, who: {"text": "A line", "prompt": "keep"},
    "PATCH /api/v1/me/journey/entries/{entry}": lambda scene, who: {"text": "Otherwise"},
    "POST /api/v1/me/goals": lambda scene, who: {"text": "A goal", "directions": ["inside"]},
    "PATCH /api/v1/me/goals/{goal}": lambda scene, who: {"text": "Otherwise"},
}


def build_scene() -> Scene:
    """ana with a line and a goal, and everybody who is not ana."""
    scene, now = Scene(), utc_now()
    people = scene.people
    for name in ("ana", "ben", "cleo", "max", "olga", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")
    new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=now)
    ana = people["ana"].account
    entry, _ = write_line(Entry, by=ana, words={"text": SAID}, now=now)
    goal, _ = write_line(Goal, by=ana, words={"text": SAID}, now=now)
    scene.given = {"entry": str(entry.id), "goal": str(goal.id)}
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
)
