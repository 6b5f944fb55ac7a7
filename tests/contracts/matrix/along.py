"""Data that a member takes along: theirs alone, and only with the access code. ana's is made, nobody else has any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.core.exports.actions.asking import ask_export
from backend.core.exports.actions.making import make_due
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry
from tests.cast import new_person, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene

SAID = "Kanarie to take along"

TABLE = """
# below /api/v1
                                   none cleo ana
GET    /me/exports                   401 200 200
POST   /me/exports                   401 202 202
GET    /me/exports/{export}          401 404 200
POST   /me/exports/{export}/download 401 404 200
"""


def _code(scene: Scene, who: str) -> Mapping[str, Any]:
    return {"access_code": scene.people[who].code if who in scene.people else "one two three four five six seven"}


BODIES: Mapping[str, Callable[[Scene, str], Mapping[str, Any]]] = {
    "POST /api/v1/me/exports": _code,
    "POST /api/v1/me/exports/{export}/download": _code,
}


def build_scene() -> Scene:
    """Both, made through the actions. Call it inside `undone()`."""
    scene, now = Scene(), utc_now()
    people = scene.people
    for name in ("ana", "cleo"):
        people[name] = new_person()
    ana = people["ana"]
    write_line(Entry, by=ana.account, words={"text": SAID}, now=now)
    made = ask_export(by=ana.account, access_code=ana.code, now=now)
    while make_due(now=now):
        pass
    scene.given = {"export": str(made.id)}
    scene.tokens = {"anonymous": None, **{name: f"Bearer {person.token}" for name, person in people.items()}}
    own = scene.own_ids()
    for who in scene.tokens:
        foreign = {id_ for name, ids in own.items() if name != who for id_ in ids}
        scene.secret[who] = foreign | (set() if who == "ana" else {SAID})
    return scene


AREA = Area(
    name="along",
    columns={"none": ("anonymous",), "cleo": ("cleo",), "ana": ("ana",)},
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    outside=("cleo",),
)
