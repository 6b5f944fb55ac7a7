"""The scene of peer experts: ben is one, olga and rosa coordinate his organisation, cleo is a stranger to them."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.accounts.actions.roles import give_role
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.scene import Scene
from tests.peers.vetted import vet


@dataclass(slots=True)
class BesideScene(Scene):
    """With ben's peer id."""

    peer: str = ""


def build_scene() -> BesideScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene = BesideScene()
    people = scene.people
    for name in ("ben", "cleo", "max", "olga", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")
    peer = new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=utc_now())
    vet(peer, by=people["olga"], second=people["rosa"])
    scene.peer = str(peer.id)
    shown = ("ben", "cleo", "max", "olga")
    scene.tokens = {"anonymous": None, **{name: f"Bearer {people[name].token}" for name in shown}}
    own = scene.own_ids()
    for who in scene.tokens:
        scene.secret[who] = {id_ for name, ids in own.items() if name != who for id_ in ids}
    return scene
