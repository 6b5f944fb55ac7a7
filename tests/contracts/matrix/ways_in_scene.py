"""The scene of the ways in: who may invite, and an invite that waits."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.accounts.actions.invites import make_invite
from backend.core.accounts.actions.recoveries import ask_recovery, confirm_recovery
from backend.core.accounts.actions.recovery_settings import name_helpers
from backend.core.accounts.actions.roles import give_role
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.scene import Scene

PHRASE = "the lamp at the old mill"


@dataclass(slots=True)
class WaysInScene(Scene):
    """With the code of an invite of olga's, and the secret of cleo's recovery."""

    code: str = ""
    secret_of_recovery: str = ""


def build_scene() -> WaysInScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene, now = WaysInScene(), utc_now()
    people = scene.people
    for name in ("ben", "cleo", "max", "olga", "rosa"):
        people[name] = new_person()
    house, coordinator, _ = new_organisation(people["olga"], people["rosa"], name="Huis bij de deur")  # its own two
    peer = new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=now)
    own = make_invite(by=people["ben"].account, kind="member", now=now)
    scene.code = make_invite(by=people["olga"].account, kind="member", now=now).code
    cleo, helpers = people["cleo"], (coordinator, peer)
    named = [role.id for role in helpers]
    name_helpers(by=cleo.account, helpers=named, phrase_said=PHRASE, access_code=cleo.code, now=now)
    asked = ask_recovery(now=now)
    scene.secret_of_recovery, number = asked.secret, asked.recovery.number
    confirm_recovery(by=people["ben"].account, number=number, phrase_said=PHRASE, now=now)
    scene.given = {"invite": str(own.invite.id), "recovery": number}
    scene.tokens = {"anonymous": None, "unknown": "Bearer 3e9bJ0cVq3q1Z3Wm8b1n4yYFQ0m2dVJ7a3m0g1o5x2E"}
    scene.tokens |= {name: f"Bearer {person.token}" for name, person in people.items()}
    ids = scene.own_ids()
    for who in scene.tokens:
        scene.secret[who] = {id_ for name, theirs in ids.items() if name != who for id_ in theirs}
        scene.secret[who] |= {scene.code, own.code}  # shown once, to who made it
        if who != "ben":
            scene.secret[who].add(str(own.invite.id))
    return scene
