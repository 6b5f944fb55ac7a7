"""Check-ins, shares, wishes for contact: who gets what.

The check-in, the share and the wish are ana's; ben is her contact person, and the share is with him.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.core.accounts.actions.roles import give_role
from backend.core.jobs import run_due
from peers.checkins.actions.answers import answer_checkin
from peers.checkins.actions.plans import set_plan
from peers.checkins.actions.requests import ask_contact
from peers.checkins.actions.safety import set_safety_plan
from peers.checkins.actions.sharing import share_answer
from peers.checkins.models import Checkin
from peers.contacts.actions.contacts import begin_contact
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene
from tests.peers.asking_how import BODY, wishes
from tests.peers.referring import agree

NOTE = "Kanarie, an answer for ana alone"
SAFETY = "Kanarie, for bad days"

TABLE = """
# about themselves
GET    /api/v1/checkins               401 200
GET    /api/v1/contact/requests       401 200
GET    /api/v1/contact/shares         401 200
GET    /api/v1/me/caring-messages     401 200
GET    /api/v1/me/checkin-plan        401 200
PUT    /api/v1/me/checkin-plan        401 200
GET    /api/v1/me/contact-requests    401 200
GET    /api/v1/me/contact/reach       401 200
GET    /api/v1/me/safety-plan         401 200
PUT    /api/v1/me/safety-plan         401 200
GET    /api/v1/me/shares              401 200
GET    /api/v1/me/years               401 200
GET    /api/v1/me/years.svg           401 200
# by whose it is; below /api/v1
                                        none others eve ben ana
POST   /me/contact-requests              401    409 201 409 409
DELETE /me/checkin-plan                  401    404 404 404 204
POST   /me/checkin-plan/changing         401    404 404 404 200
POST   /me/safety-plan/shares            401    403 403 403 201
GET    /me/expert/caring-texts           401    404 404 200 404
PUT    /me/expert/caring-texts/{text}    401    404 404 200 404
DELETE /me/expert/caring-texts/{text}    401    404 404 204 404
GET    /me/contact-requests/{wish}       401    404 404 404 200
DELETE /me/contact-requests/{wish}       401    404 404 404 204
GET    /checkins/{checkin}               401    404 404 404 200
POST   /checkins/{checkin}/answer        401    404 404 404 200
POST   /checkins/{checkin}/snooze        401    404 404 404 200
POST   /checkins/{answered}/shares       401    404 404 404 201
POST   /contact/requests/{wish}/acknowledge 401 404 404 200 404
POST   /contact/requests/{wish}/close    401    404 404 204 404
POST   /contact/requests/{wish}/pass-on  401    404 404 204 404
GET    /shares/{share}                   401    404 404 200 404
DELETE /shares/{share}                   401    404 404 404 204
"""


@dataclass(slots=True)
class AftercareScene(Scene):
    """With ben's peer id."""

    peer: str = ""


def _in(hours: int) -> str:
    return (utc_now() + timedelta(hours=hours)).isoformat()


BODIES: Mapping[str, Callable[[AftercareScene, str], Mapping[str, Any]]] = {
    "PUT /api/v1/me/checkin-plan": lambda scene, who: BODY,
    "PUT /api/v1/me/safety-plan": lambda scene, who: {"helps": SAFETY if who == "ana" else "Walking"},
    "POST /api/v1/me/contact-requests": lambda scene, who: {"somebody_else": False},
    "POST /api/v1/me/safety-plan/shares": lambda scene, who: {"with": scene.peer},
    "POST /api/v1/checkins/{checkin}/answer": lambda scene, who: {"answers": {"overall": "good"}, "note": "Fine"},
    "POST /api/v1/checkins/{checkin}/snooze": lambda scene, who: {"until": _in(5)},
    "POST /api/v1/checkins/{answered}/shares": lambda scene, who: {"answer": "overall", "with": scene.peer},
}


def build_scene() -> AftercareScene:
    """ana with a plan, one answered check-in and one open; ben beside her; eve, who has a contact person as well."""
    scene, now = AftercareScene(), utc_now()
    people = scene.people
    for name in ("ana", "ben", "cleo", "eve", "max", "olga", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Voorbeeldhuis")
    peer = new_peer(people["ben"], organisation=house, alias="Ben")
    give_role(account=people["max"].account, kind="moderator", by=None, now=now)
    ana = people["ana"].account
    for name in ("ana", "eve"):
        begin_contact(member=people[name].account, role=peer, now=now)
    for name, person in people.items():
        agree(person.account, "checkins", *(["sharing"] if name == "ana" else []), now=now)
    set_plan(by=ana, wishes=wishes(preset="own", every_days=1), check=lambda version: None, now=now - timedelta(days=9))
    open_ones: list[Checkin] = []
    for _ in range(2):
        there = Checkin.objects.get(plan=ana.id, state="planned")
        assert there.due_at is not None
        run_due(now=there.due_at)
        open_ones.append(there)
        if len(open_ones) == 1:
            said = {"overall": "bad"}
            answer_checkin(by=ana, checkin=there.id, answers=said, wish="no", note=NOTE, now=there.due_at)
    set_safety_plan(by=ana, texts={"helps": SAFETY}, check=lambda version: None, now=now)
    share = share_answer(by=ana, checkin=open_ones[0].id, item="overall", to=peer.id, now=now)
    request = ask_contact(by=ana, now=now)
    scene.peer = str(peer.id)
    answered, waits = [str(one.id) for one in open_ones]
    scene.given = {
        "checkin": waits,
        "answered": answered,
        "share": str(share.id),
        "wish": str(request.id),
        "text": "here",
    }
    scene.tokens = {"anonymous": None, **{name: f"Bearer {person.token}" for name, person in people.items()}}
    own = scene.own_ids()
    for who in scene.tokens:
        foreign = {id_ for name, ids in own.items() if name != who for id_ in ids}
        scene.secret[who] = foreign | (set() if who == "ana" else {NOTE, SAFETY})
    return scene


AREA = Area(
    name="aftercare",
    columns={
        "none": ("anonymous",),
        "others": ("cleo", "max", "olga", "rosa"),
        "eve": ("eve",),
        "ben": ("ben",),
        "ana": ("ana",),
    },
    table=TABLE,
    build=build_scene,
    bodies=BODIES,
    with_if_match=("PUT /api/v1/me/checkin-plan", "PUT /api/v1/me/safety-plan"),
    outside=("others", "eve"),
    know_anyway={("POST /api/v1/me/safety-plan/shares", "*")},  # they have not agreed to sharing
)
