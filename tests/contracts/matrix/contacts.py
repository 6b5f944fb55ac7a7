"""Who is beside whom: who gets what. ben is ana's contact person and would hand her over to noor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from messaging.models import Membership
from peers.contacts.actions.contacts import begin_contact
from peers.contacts.actions.handovers import accept_handover, ask_handover, consent_handover
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "none": ("anonymous",),
    "cleo": ("cleo",),  # a stranger, with nobody beside her
    "paul": ("paul",),  # another peer expert
    "olga": ("olga",),  # coordinates their organisation
    "dora": ("dora",),  # another member whom ben is beside
    "ana": ("ana",),
    "ben": ("ben",),
    "noor": ("noor",),
}

TABLE = """
                                              none cleo paul olga dora ana ben noor
GET    /api/v1/me/contact                     401  200  200  200  200  200 200 200
DELETE /api/v1/me/contact                     401  409  409  409  204  204 409 409
DELETE /api/v1/me/contact/backup              401  204  204  204  204  204 204 204
POST   /api/v1/me/contact/change-requests     401  409  409  409  201  201 409 409
DELETE /api/v1/me/contact/change-requests     401  409  409  409  204  204 409 409
POST   /api/v1/me/contact/pause               401  409  409  409  200  200 409 409
POST   /api/v1/me/contact/resume              401  409  409  409  200  200 409 409
POST   /api/v1/me/expert/step-back            401  404  204  404  404  404 204 204
GET    /api/v1/contact/members                401  200  200  200  200  200 200 200
GET    /api/v1/handovers                      401  200  200  200  200  200 200 200
POST   /api/v1/handovers                      401  404  404  404  404  404 201 404
# by how one stands to the handover of ana, who is introduced; below /api/v1
GET    /conversations/{conversation}/reach    401  404  404  404  404  200 200 200
GET    /handovers/{handover}                  401  404  404  404  404  200 200 200
POST   /handovers/{handover}/accept           401  404  404  404  404  404 404 200
POST   /handovers/{handover}/consent          401  404  404  404  404  200 404 404
POST   /handovers/{handover}/confirm          401  404  404  404  404  200 404 404
POST   /handovers/{handover}/redirect         401  404  404  404  404  200 404 404
POST   /handovers/{handover}/withdraw         401  404  404  404  404  404 200 404
POST   /handovers/{handover}/decline          401  404  404  404  404  404 404 200
POST   /handovers/{handover}/refuse           401  404  404  404  404  200 404 404
"""

NOTE = "Kanarie: what ben proposes to say of dora"
OWN_NOTE = "Kanarie: what ana wishes noor to know"


class ContactsScene(Scene):
    """With the membership of emma, who is not in any handover, in her talk with ben; and noor's peer id."""

    emma: str = ""
    noor: str = ""


def build_scene() -> ContactsScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene, now = ContactsScene(), utc_now()
    people = scene.people
    for name in ("ana", "ben", "cleo", "dora", "emma", "noor", "olga", "paul", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")
    ben = new_peer(people["ben"], organisation=house, alias="Ben")
    noor = new_peer(people["noor"], organisation=house, alias="Noor", avatar_key="leaf-moss")
    new_peer(people["paul"], organisation=house, alias="Paul", avatar_key="hill-moss")
    members: dict[str, UUID] = {}
    for name in ("ana", "dora", "emma"):
        account = people[name].account
        contact = begin_contact(member=account, role=ben, now=now)
        members[name] = Membership.objects.get(conversation=contact.conversation_id, account=account).id
    by = people["ben"].account
    introduced = ask_handover(by=by, member=members["ana"], to=noor.id, note=None, now=now)
    accept_handover(by=people["noor"].account, handover=introduced.id, now=now)
    met = consent_handover(by=people["ana"].account, handover=introduced.id, note=OWN_NOTE, now=now)
    asked = ask_handover(by=by, member=members["dora"], to=noor.id, note=NOTE, now=now)
    scene.emma, scene.noor = str(members["emma"]), str(noor.id)
    scene.given = {"handover": str(introduced.id), "conversation": str(met.introduction_id)}
    talk = Membership.objects.get(id=members["dora"]).conversation_id
    scene.elsewhere = {"handover": str(asked.id), "conversation": str(talk)}
    names = [name for people_ in COLUMNS.values() for name in people_ if name != "anonymous"]
    scene.tokens = {"anonymous": None, **{name: f"Bearer {people[name].token}" for name in names}}
    own = scene.own_ids()
    for who in scene.tokens:
        scene.secret[who] = {id_ for name, ids in own.items() if name != who for id_ in ids}
        scene.secret[who] |= {
            note for note, readers in ((NOTE, ("dora",)), (OWN_NOTE, ("ana", "noor"))) if who not in readers
        }
    for who in ("noor", "cleo", "paul", "olga", "dora"):  # a membership in a talk is for the two in it
        scene.secret[who] |= {str(id_) for name, id_ in members.items() if name != who}
    return scene


Body = Mapping[str, Any]
BODIES: Mapping[str, Callable[[ContactsScene, str], Body]] = {
    "POST /api/v1/me/contact/change-requests": lambda scene, who: {"reason_code": "times"},
    "POST /api/v1/me/expert/step-back": lambda scene, who: {"leave_role": False},
    "POST /api/v1/handovers": lambda scene, who: {"member": scene.emma, "to": scene.noor},
    "POST /api/v1/handovers/{handover}/consent": lambda scene, who: {"note": "Once more"},
}

AREA = Area(
    name="contacts",
    columns=COLUMNS,
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    outside=("cleo", "paul", "olga", "dora"),
)
