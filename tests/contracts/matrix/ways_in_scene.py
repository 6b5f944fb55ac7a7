"""The scene of the ways in: who may invite, and an invite that waits."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.accounts.actions.invites import make_invite
from backend.core.accounts.actions.roles import give_role
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.scene import Scene


@dataclass(slots=True)
class WaysInScene(Scene):
    """With the code of an invite of olga's."""

    code: str = ""


def build_scene() -> WaysInScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene, now = WaysInScene(), utc_now()
    people = scene.people
    for name in ("ben", "cleo", "max", "olga", "rosa"):
        people[name] = new_person()
    house = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")[0]
    new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=now)
    own = make_invite(by=people["ben"].account, kind="member", now=now)
    scene.code = make_invite(by=people["olga"].account, kind="member", now=now).code
    scene.given = {"invite": str(own.invite.id)}
    scene.tokens = {"anonymous": None, "unknown": "Bearer 3e9bJ0cVq3q1Z3Wm8b1n4yYFQ0m2dVJ7a3m0g1o5x2E"}
    scene.tokens |= {name: f"Bearer {person.token}" for name, person in people.items()}
    ids = scene.own_ids()
    for who in scene.tokens:
        scene.secret[who] = {id_ for name, theirs in ids.items() if name != who for id_ in theirs}
        scene.secret[who] |= {scene.code, own.code}  # shown once, to who made it
        if who != "ben":
            scene.secret[who].add(str(own.invite.id))
    return scene
