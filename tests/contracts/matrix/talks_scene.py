"""The scene of what is talked about: a group, a direct talk, and somebody for each way in which one can stand to them.

Made once per module inside a transaction; `undone()` takes back whatever a request has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.organisations import ensure_organisation
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.actions.sessions import revoke_session
from backend.core.accounts.models import Session
from messaging.accepting.batch import Send
from messaging.actions.admissions import accept_request, ask_admission
from messaging.actions.blocks import block
from messaging.actions.direct import open_direct
from messaging.actions.groups import create_group
from messaging.actions.held import hold_message
from messaging.actions.memberships import leave, remove_member
from messaging.actions.messages import send_message
from messaging.models import Membership
from tests.cast import Person, new_coordinator, new_peer, new_person, new_session, utc_now
from tests.contracts.matrix.scene import Scene

SAID = "Kanarie by ana, to the group"  # in every text: a word that must not come where it is not meant
SAID_AFTER = "Kanarie of later on"
SAID_BEFORE = "Kanarie by ana, that waits for ben"
SAID_ALONE = "Kanarie by ana, to ben alone"
ANSWERED = "Kanarie: because I like it"
DEVICE = "Kanarie's phone"


@dataclass(slots=True)
class TalksScene(Scene):
    """With a group, a direct talk (`elsewhere`), and ben's peer id."""

    group: str = ""
    talk: str = ""
    peer: str = ""

    def code_of(self, who: str) -> str:
        """The access code that somebody would type."""
        return self.people.get(who, self.people["nina"]).code


def build_scene() -> TalksScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene = TalksScene()
    people = scene.people
    names = "ana ben cleo dora emma fien gus hope ida joan max lea olga paul nina"
    for name in names.split():
        people[name] = new_person(device_name=DEVICE)
    _give_roles(scene)
    _gather(scene)
    _hand_out_tokens(scene)
    _keep_secrets(scene)
    return scene


def _give_roles(scene: TalksScene) -> None:
    people, now = scene.people, utc_now()
    house = ensure_organisation(name="Voorbeeldhuis", regions=["utrecht"], languages=["nl"], now=now)
    scene.peer = str(new_peer(people["ben"], organisation=house, alias="Ben").id)
    new_peer(people["paul"], organisation=house, alias="Paul")
    for name in ("max", "lea"):
        give_role(account=people[name].account, kind="moderator", by=None, now=now)
    new_coordinator(people["olga"], organisation=house, alias="Olga")


def _gather(scene: TalksScene) -> None:
    """ana, dora, hope, ida and joan belong to ben's group; hope has blocked ana, ana has blocked ida.

    fien has left it, gus was removed, emma asks to join. paul leads another group. ana has a direct talk with ben.
    """
    people, now = scene.people, utc_now()
    ben = people["ben"].account
    group = create_group(by=ben, title="Side by side", languages=["en"], slow_mode_s=0, now=now).pk
    create_group(by=people["paul"].account, title="Elsewhere", now=now)
    members: dict[str, Membership] = {}
    for name in ("ana", "dora", "hope", "ida", "joan", "fien", "gus"):
        account = people[name].account
        asked = ask_admission(by=account, group=group, alias=f"Alias of {name}", now=now)
        accept_request(by=ben, request=asked.id, now=now)
        members[name] = Membership.objects.get(conversation=group, account=account, state="active")
    asked = ask_admission(by=people["emma"].account, group=group, alias="Newcomer", answer=ANSWERED, now=now)

    block(by=people["hope"].account, membership=members["ana"].id, now=now)
    block(by=people["ana"].account, membership=members["ida"].id, now=now)
    seq = say(people["ana"], group, SAID)
    leave(by=people["fien"].account, conversation=group, now=now)
    remove_member(by=ben, group=group, membership=members["gus"].id, now=now)
    say(people["dora"], group, SAID_AFTER)
    talk = open_direct(by=people["ana"].account, peer=UUID(scene.peer), alias="Quiet One", now=now).id
    seq_in_talk = say(people["ana"], talk, SAID_ALONE)

    waits = Send(people["ana"].account.id, people["ana"].session.id, group, uuid4(), SAID_BEFORE)
    held = hold_message(send=waits, now=now)

    other_session, _ = new_session(people["ana"].account)
    scene.group, scene.talk = str(group), str(talk)
    scene.given = {
        "admission": str(asked.id),
        "conversation": scene.group,
        "group": scene.group,
        "held": str(held.id),
        "key": "heart",
        "membership": str(members["ana"].id),
        "name": "swagger-ui.css",
        "seq": str(seq),
        "session": str(other_session.id),
    }
    in_talk = Membership.objects.get(conversation=talk, account=ben)
    scene.elsewhere = {
        **scene.given,
        "conversation": scene.talk,
        "group": scene.talk,
        "membership": str(in_talk.id),
        "seq": str(seq_in_talk),
    }


def say(person: Person, conversation: UUID, body: str) -> int:
    """A message; → its seq."""
    by, session = person.account, person.session
    given: dict[str, Any] = {"conversation": conversation, "client_id": uuid4(), "body": body, "now": utc_now()}
    return send_message(by=by, session=session, **given).seq


def _hand_out_tokens(scene: TalksScene) -> None:
    """Everybody's own; and for who may do nothing: ana's sessions that have ended, and joan's account, locked."""
    now = utc_now()
    ana = scene.people["ana"].account
    revoked, revoked_token = new_session(ana)
    revoke_session(by=ana, session=revoked.id, now=now)
    expired, expired_token = new_session(ana)
    Session.objects.filter(id=expired.id).update(expires_at=now - timedelta(seconds=1))
    joan = scene.people["joan"].account
    lock_account(account=joan, by=None, now=now)
    Session.objects.filter(account=joan).update(revoked_at=None)  # the lock alone must do
    tokens: dict[str, str | None] = {
        "anonymous": None,
        "unknown": "Bearer 3e9bJ0cVq3q1Z3Wm8b1n4yYFQ0m2dVJ7a3m0g1o5x2E",
        "malformed": "Basic YW5hOmFuYQ==",
        "revoked": f"Bearer {revoked_token}",
        "expired": f"Bearer {expired_token}",
    }
    for name, person in scene.people.items():
        if name == "nina":  # whose code they type who have no session
            continue
        tokens["locked" if name == "joan" else name] = f"Bearer {person.token}"
    scene.tokens = tokens


def _keep_secrets(scene: TalksScene) -> None:
    """Ids that name a person's account are for nobody else; words for those alone to whom they were said."""
    people = scene.people
    own = scene.own_ids()
    del own["nina"]
    meant: Mapping[str, Callable[[str], bool]] = {
        SAID: lambda who: who in ("ana", "ben", "dora"),
        SAID_AFTER: lambda who: who in ("ana", "ben", "dora", "hope", "ida"),
        SAID_ALONE: lambda who: who in ("ana", "ben"),
        ANSWERED: lambda who: who == "ben",
    }
    for who in scene.tokens:
        foreign = {id_ for name, ids in own.items() if name != who for id_ in ids}
        unmeant = {words for words, for_whom in meant.items() if not for_whom(who)}
        scene.secret[who] = foreign | unmeant
    for who, hidden in (("ida", "ana"), ("ana", "hope")):  # a block works both ways
        there = Membership.objects.get(conversation=UUID(scene.group), account=people[hidden].account)
        scene.secret[who] |= {str(there.id), there.alias}
