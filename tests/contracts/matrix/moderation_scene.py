"""The scene of moderation: two decisions about dora, who has appealed against one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from backend.core.accounts.actions.roles import give_role
from messaging.actions.admissions import accept_request, ask_admission
from messaging.actions.groups import create_group
from moderation.access import Target
from moderation.actions.appeals import appeal
from moderation.actions.care import ask_contact, reach_out, set_care_wish
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from moderation.actions.notices import give_notice
from moderation.actions.reports import report
from peers.contacts.actions.contacts import begin_contact
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.contracts.matrix.scene import Scene
from tests.contracts.matrix.talks_scene import say

NOTED = "Kanarie: the reporter's note"
FOUND = "Kanarie: the facts"
APPEALED = "Kanarie: the appeal"
SPOKEN = "Kanarie: are you there?"


@dataclass(slots=True)
class ModerationScene(Scene):
    """With what can be reported."""

    target: dict[str, Any] = field(default_factory=dict)
    reference: str = ""


def build_scene() -> ModerationScene:
    """Everybody, made through the actions. Call it inside `undone()`."""
    scene = ModerationScene()
    people, now = scene.people, utc_now()
    for name in ("ana", "ben", "cleo", "dora", "max", "mia", "olga", "rosa"):
        people[name] = new_person()
    house, _, _ = new_organisation(people["olga"], people["rosa"], name="Kijkhuis")
    peer = new_peer(people["ben"], organisation=house, alias="Ben of the Kijkhuis")
    for name in ("max", "mia"):
        give_role(account=people[name].account, kind="moderator", by=None, now=now)
    group = create_group(by=people["ben"].account, title="Side by side", now=now).pk
    for name in ("ana", "cleo", "dora"):
        asked = ask_admission(by=people[name].account, group=group, now=now)
        accept_request(by=people["ben"].account, request=asked.id, now=now)
    seq = say(people["dora"], group, "Something bad")
    scene.target = {"conversation": str(group), "seq": seq}
    made = []
    for _ in range(2):
        target = Target(conversation=group, seq=seq)
        reported = report(by=people["ana"].account, target=target, reason="threats", note=NOTED, now=now)
        claim(by=people["max"].account, case=reported.case_id, now=now)
        given: dict[str, Any] = {"rule": "safety", "facts": FOUND, "measures": [Proposed("warn")]}
        made.append((reported, decide(by=people["max"].account, case=reported.case_id, **given, now=now)))
        now += timedelta(seconds=1)
    appealed = appeal(by=people["dora"].account, decision=made[0][1].id, text=APPEALED, now=now)
    begin_contact(member=people["dora"].account, role=peer, now=now)
    set_care_wish(by=people["dora"].account, contact_may_be_asked=True, now=now)
    worried = report(by=people["ana"].account, target=target, reason="worried", now=now)
    claim(by=people["max"].account, case=worried.case_id, now=now)
    line = reach_out(by=people["max"].account, case=worried.case_id, text=SPOKEN, now=now)
    ask = ask_contact(by=people["max"].account, case=worried.case_id, now=now)
    notice: dict[str, Any] = {"language": "en", "reason": "threats", "where": "Here", "text": NOTED, "contact": None}
    scene.reference = give_notice(network=b"scene", **notice, now=now).reference
    scene.given = {"talk": str(line.talk_id), "ask": str(ask.id)}
    scene.given |= {"report": str(made[0][0].id), "decision": str(made[1][1].id), "appeal": str(appealed.id)}
    shown = ("ana", "ben", "cleo", "dora", "max", "mia", "olga")
    scene.tokens = {"anonymous": None, **{name: f"Bearer {people[name].token}" for name in shown}}
    own = scene.own_ids()
    for who in scene.tokens:
        scene.secret[who] = {id_ for name, ids in own.items() if name != who for id_ in ids} | {NOTED}
        scene.secret[who] |= set() if who == "dora" else {FOUND, APPEALED, SPOKEN}
    return scene
