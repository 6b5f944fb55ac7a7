"""The public directory: everybody gets the same, whoever they are and whatever they send to say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.actions.organisations import ensure_organisation
from peers.directory.actions.entries import create_entry
from tests.cast import new_coordinator, new_person, new_session, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene

COLUMNS: Mapping[str, tuple[str, ...]] = {"none": ("anonymous", "malformed"), "somebody": ("ana",), "olga": ("olga",)}
TABLE = """
# pages
GET    /info                          200
GET    /info/numbers                  200
GET    /info/gaps                     200
GET    /info/thanks                   200
GET    /info/files/{name}             200
GET    /info/{entry}                  200
POST   /info/{entry}/problems         303
POST   /info/{entry}/questions        303
# below /api/v1
GET    /directory                     200
GET    /directory/export              200
GET    /directory/gaps                200
GET    /directory/snapshot            200
GET    /directory/{entry}             200
POST   /directory/{entry}/problems    204
POST   /directory/{entry}/questions   204
GET    /helplines                     200
"""
BODIES: Mapping[str, Callable[[Scene, str], Mapping[str, Any]]] = {
    "POST /api/v1/directory/{entry}/problems": lambda scene, who: {"kind": "gone", "note": "Closed."},
    "POST /api/v1/directory/{entry}/questions": lambda scene, who: {"body": "Is there coffee?"},
}
FORMS: Mapping[str, Mapping[str, str]] = {
    "POST /info/{entry}/problems": {"kind": "gone", "note": ""},
    "POST /info/{entry}/questions": {"body": "Is there coffee?"},
}


def build_scene() -> Scene:
    """A coordinator, a member, and a meeting that takes questions."""
    scene, now = Scene(), utc_now()
    people = scene.people = {name: new_person() for name in ("ana", "olga", "rosa")}
    house = ensure_organisation(name="Huis van de wegwijzer", now=now)
    olga, rosa = (new_coordinator(people[name], organisation=house, alias=name.title()) for name in ("olga", "rosa"))
    name_coordinators(organisation=house, coordinator=olga, deputy=rosa, by=None, now=now)
    said = {
        "name": "Huis",
        "kinds": ["meeting"],
        "texts": {"nl": {"about": "Koffie."}},
        "languages": ["nl"],
        "contacts": [{"channel": "phone", "value": "070 123 45 67"}],
        "begins_at": now,
        "ends_at": now + timedelta(days=1),
        "places_free": 4,
    }
    entry = create_entry(by=people["olga"].account, part="organisation", of=None, changes=said, now=now)
    offer = {"name": "Huis, op dinsdag", "kinds": ["talk"], "nationwide": True}
    create_entry(by=people["olga"].account, part="offer", of=entry.id, changes=offer, now=now)
    scene.given = {"entry": str(entry.id), "name": "look.css"}
    scene.tokens = {"anonymous": None, "malformed": "Bearer x"}
    scene.tokens |= {name: f"Bearer {new_session(people[name].account)[1]}" for name in ("ana", "olga")}
    own = scene.own_ids()
    scene.secret = {who: set().union(*own.values()) for who in scene.tokens}
    return scene


AREA = Area(name="directory", columns=COLUMNS, table=TABLE, build=build_scene, bodies=BODIES, forms=FORMS)
