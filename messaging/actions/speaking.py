"""Whether somebody may speak here now, outside the batches of sends."""

from __future__ import annotations

from datetime import datetime

from messaging import errors
from messaging.accepting.policy import NEWCOMER, PAUSED, RULES, UNWATCHED, WORDS, Facts, is_held, verdict
from messaging.hours import parse_hours
from messaging.models import Group, Membership


def check_may_speak(*, mine: Membership, rules_due: bool = False, now: datetime) -> None:
    """As for sending, but for slow mode's pause. Raises what the policy refuses.

    `rules_due`: of the account whose membership it is; what a batch has looked at already may leave it out.
    """
    facts = _facts(mine)
    if rules_due and hasattr(mine.conversation, "group"):
        facts = facts._replace(brake=facts.brake | RULES)
    refusal = verdict(facts=facts, reply_to=None, reply_seen=False, now=now)
    if refusal is not None:
        raise refusal


def check_is_not_held(*, mine: Membership, body: str) -> None:
    """What is posted already cannot wait for a person: the text that would have to is refused. Raises `WouldBeHeld`."""
    if is_held(facts=_facts(mine), body=body):
        raise errors.WouldBeHeld


def _facts(mine: Membership) -> Facts:
    group = getattr(mine.conversation, "group", None)
    return Facts(
        part=mine.part,
        muted_until=mine.muted_until,
        next_send_at=None,
        closed_at=mine.conversation.closed_at,
        slow_mode_s=0,
        hours=parse_hours(data=group.opening_hours) if group and group.opening_hours else None,
        brake=_brake(mine, group) if group else 0,
    )


def _brake(mine: Membership, group: Group) -> int:
    newcomer = mine.passed < group.hold_first
    away, unwatched = (group.paused_why == why for why in (Group.Pause.LEADS_AWAY, Group.Pause.UNWATCHED))
    return NEWCOMER * newcomer + WORDS * group.hold_words + PAUSED * away + UNWATCHED * unwatched
