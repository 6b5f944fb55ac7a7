"""A group with something to look at, and the people who do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.core.accounts.actions.invites import Redeeming, make_invite, redeem_invite
from backend.core.accounts.actions.roles import give_role
from messaging.models import Membership
from moderation.access import Target
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from moderation.actions.reports import report
from moderation.models import Case, Decision, Report
from tests.cast import Cast, Person, new_peer, new_person
from tests.messaging.circle import Circle, new_circle
from tests.messaging.rooms import NOON

LATER = NOON + timedelta(hours=1)
BAD = "Kanarie: I know where you live"


@dataclass
class House:
    """ben leads a group of ana, dora and cleo; dora has written something bad, at `seq`. max and mia moderate."""

    cast: Cast
    circle: Circle
    mia: Person
    seq: int

    def of(self, person: Person) -> Membership:
        """Somebody's membership of the group."""
        return self.circle.of(person)

    def report(self, by: Person | None = None, **given: Any) -> Report:
        """ana, or somebody, reports what dora has written."""
        wanted: dict[str, Any] = {
            "target": Target(conversation=self.circle.id, seq=self.seq),
            "reason": "threats",
            "now": NOON,
            **given,
        }
        return report(by=(by or self.cast.ana).account, **wanted)

    def claimed(self, by: Person | None = None, **given: Any) -> Case:
        """The case about it, claimed by max or somebody."""
        case = self.report(**given).case
        return claim(by=(by or self.cast.max).account, case=case.id, now=NOON)

    def decide(self, *measures: Proposed, by: Person | None = None, case: UUID | None = None, **given: Any) -> Decision:
        """max, or somebody, decides on the case."""
        wanted: dict[str, Any] = {
            "rule": "safety" if measures else "",
            "facts": "Kanarie: a threat",
            "now": LATER,
            **given,
        }
        if case is None:
            case = self.claimed(by).id
            wanted["now"] = given.get("now", NOON + timedelta(minutes=5))
        return decide(by=(by or self.cast.max).account, case=case, measures=measures, **wanted)

    def hide(self) -> Proposed:
        """To hide what dora has written."""
        return Proposed("hide", seq=self.seq)


def new_house(cast: Cast, *, peer: bool = False) -> House:
    """The house; with `peer` dora is a peer expert, known as such, whom ben has invited and who leads another group."""
    circle = new_circle(cast.ben, languages=["nl", "en"])
    if peer:
        code = make_invite(by=cast.ben.account, kind="member", now=NOON).code
        redeem_invite(by=cast.dora.account, redeeming=Redeeming(code=code), now=NOON)
        new_peer(cast.dora, organisation=cast.organisation, alias="Dora", avatar_key="leaf-moss")
        new_circle(cast.dora, title="Hers")
    for person in (cast.ana, cast.dora, cast.cleo):
        circle.admit(person, as_peer=peer and person is cast.dora)
    circle.say(cast.ana, "Kanarie before")
    seq = circle.say(cast.dora, BAD)
    circle.say(cast.cleo, "Kanarie after")
    mia = new_person()
    give_role(account=mia.account, kind="moderator", by=None, now=NOON)
    give_role(account=cast.lea.account, kind="second_approver", by=None, now=NOON)
    return House(cast, circle, mia, seq)
