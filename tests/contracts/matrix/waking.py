"""Push: what each may ask about their own phone. ana's is pushed to, cleo's is not; nobody is told of another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.core.push.actions.devices import put_device
from backend.core.push.address import Address
from tests.cast import new_person, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene

TOKEN = "kanarie-token"  # for the push service alone

TABLE = """
# below /api/v1
                       none cleo ana
GET    /me/notifications 401 200 200
PUT    /me/notifications 401 200 200
GET    /me/push          401 200 200
PUT    /me/push          401 204 204
DELETE /me/push          401 204 204
POST   /me/push/test     401 409 204
"""

BODIES: Mapping[str, Callable[[Scene, str], Mapping[str, Any]]] = {
    "PUT /api/v1/me/notifications": lambda scene, who: {
        "text_key": "plan",
        "quiet_hours": {"timezone": "Europe/Amsterdam", "start": "22:00", "end": "08:00"},
        "kinds": ["checkins"],
    },
    "PUT /api/v1/me/push": lambda scene, who: {"transport": "fcm", "address": "another-token"},
}


def build_scene() -> Scene:
    """Both, made through the actions. Call it inside `undone()`."""
    scene = Scene()
    people = scene.people
    for name in ("ana", "cleo"):
        people[name] = new_person()
    ana = people["ana"]
    put_device(by=ana.account, session=ana.session, address=Address("fcm", "token", TOKEN), now=utc_now())
    scene.tokens = {"anonymous": None, **{name: f"Bearer {person.token}" for name, person in people.items()}}
    own = scene.own_ids()
    for who in scene.tokens:
        foreign = {id_ for name, ids in own.items() if name != who for id_ in ids}
        scene.secret[who] = {*foreign, TOKEN}
    return scene


AREA = Area(
    name="waking",
    columns={"none": ("anonymous",), "cleo": ("cleo",), "ana": ("ana",)},
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    with_if_match=("PUT /api/v1/me/notifications",),
)
