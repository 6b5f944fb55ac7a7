"""The scene of peer experts: ben is one, olga and rosa coordinate his organisation, cleo is a stranger to them.

ben is proposed to ana; dora waits, for nobody speaks her language."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.accounts.actions.roles import give_role
from peers.experts.actions.experts import change_expert
from peers.matching.actions.requests import ask_match
from peers.matching.ranking import Wishes
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.scene import Scene
from tests.peers.vetted import vet


@dataclass(slots=True)
class BesideScene(Scene):
    """With ben's organisation."""

    organisation: str = ""


def build_scene() -> BesideScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene = BesideScene()
    people = scene.people
    for name in ("ana", "ben", "cleo", "dora", "max", "olga", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")
    peer = new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=utc_now())
    vet(peer, by=people["olga"], second=people["rosa"])
    now, everything = utc_now(), {"languages": ["nl"], "region": "den-haag"}
    change_expert(by=people["ben"].account, changes=everything, check=lambda version: None, now=now)
    ask_match(by=people["dora"].account, wishes=Wishes(("hu",)), now=now)
    request, _ = ask_match(by=people["ana"].account, wishes=Wishes(("nl",)), now=now)
    scene.organisation = str(house.id)
    scene.given = {"match": str(request.matches.get().id), "peer": str(peer.id)}
    shown = ("ana", "ben", "cleo", "dora", "max", "olga")
    scene.tokens = {"anonymous": None, **{name: f"Bearer {people[name].token}" for name in shown}}
    own = scene.own_ids()
    for who in scene.tokens:
        scene.secret[who] = {id_ for name, ids in own.items() if name != who for id_ in ids}
    scene.secret["cleo"] |= {"Voorbeeldhuis", "den-haag"}  # hidden from whom ben would be proposed to
    return scene
