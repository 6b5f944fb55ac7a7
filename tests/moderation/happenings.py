"""What moderation tells inboxes, for the test that events on a snapshot are a fresh snapshot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from messaging.actions import measures
from moderation.access import Target
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.care import ask_contact, reach_out, set_care_wish
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from moderation.actions.duty import call_due
from moderation.actions.reports import report
from moderation.models import Appeal, Case, Decision, Report
from peers.contacts.actions.contacts import begin_contact
from tests.messaging.rooms import NOON

LATER = NOON + timedelta(hours=1)


def reported(world: Any, reason: str = "contempt") -> Report:
    """cleo reports what ana has written."""
    target = Target(conversation=world.group, seq=world.first)
    return report(by=world.ben.account, target=target, reason=reason, note="Look", now=LATER)


def decided(world: Any) -> Decision:
    """max hides it, and mutes her."""
    case = reported(world).case
    claim(by=world.max.account, case=case.id, now=LATER)
    wanted = [Proposed("hide", seq=world.first), Proposed("mute", until=LATER + timedelta(days=1))]
    return decide(by=world.max.account, case=case.id, rule="respect", facts="Why", measures=wanted, now=LATER)


def appealed(world: Any) -> Appeal:
    """ana says that it is wrong."""
    return appeal(by=world.ana.account, decision=decided(world).id, text="No", now=LATER)


def upheld(world: Any) -> None:
    """lea finds so too."""
    answer_appeal(by=world.cast.lea.account, appeal=appealed(world).id, upholds=True, text="Yes", now=LATER)


def spoken_to(world: Any) -> None:
    """cleo worries about ana, and max speaks to her."""
    target = Target(conversation=world.group, seq=world.first)
    case = report(by=world.ben.account, target=target, reason="worried", now=LATER).case
    claim(by=world.max.account, case=case.id, now=LATER)
    reach_out(by=world.max.account, case=case.id, text="Are you there?", now=LATER)


def somebody_called(world: Any) -> None:
    """It is urgent, and nobody is on duty."""
    reported(world, reason="danger")
    call_due(now=LATER)


def contact_asked(world: Any) -> None:
    """ben is ana's contact person, and she allows that he is asked."""
    begin_contact(member=world.ana.account, role=world.cast.peer, now=LATER)
    set_care_wish(by=world.ana.account, contact_may_be_asked=True, now=LATER)
    spoken_to(world)
    ask_contact(by=world.max.account, case=Case.objects.get().id, now=LATER)


def removed_and_brought_back(world: Any) -> None:
    """cleo is removed by mistake; something is said; she is back."""
    mine = world.mine(world.cleo).id
    measures.remove(membership=mine, now=LATER)
    world.say(world.ben, "While she was away")
    measures.bring_back(membership=mine, now=LATER)


CASES: dict[str, dict[str, Callable[[Any], object]]] = {
    "report.changed": {"received": reported},
    "case.changed": {"something to look at": reported},
    "decision.made": {"by one": decided},
    "duty.called": {"nobody is on duty": somebody_called},
    "care.changed": {"spoken to": spoken_to},
    "care.asked": {"by what the member allowed": contact_asked},
    "appeal.changed": {"open": appealed, "upheld": upheld},
}
