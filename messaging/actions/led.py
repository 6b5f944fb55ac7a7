"""What who leads a group does about one person there: mute, remove, hide. Each is a decision that can be appealed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.errors import Forbidden, NotFound
from messaging import access, deciding, errors
from messaging.actions import hiding
from messaging.actions.locks import hold_conversations
from messaging.deciding import Act, Why
from messaging.models import Membership, Message

HOUSE = Why()


@write
def hide_by_lead(*, by: Account, group: UUID, seq: int, why: Why = HOUSE, now: datetime) -> None:
    """As one who leads: show a member's message to nobody. What is hidden already stays so.

    Raises `NotFound`, `Forbidden`, `IsLead`, `MessageRetracted`, and what the keeper refuses.
    """
    deciding.check(why)
    mine, there = _message(by, group, seq)
    if there.membership.part == Membership.Part.LEAD:
        raise errors.IsLead
    if there.retracted_at is not None:
        raise errors.MessageRetracted
    if there.hidden_at is None:
        hiding.hide_message(conversation=group, seq=seq, now=now)
        act = Act(
            "hide", by=_role(mine), membership=there.membership, why=why, before={"hidden": False}, at=now, seq=seq
        )
        deciding.keep(act)


@write
def show_by_lead(*, by: Account, group: UUID, seq: int, now: datetime) -> None:
    """As one who leads: take back what leads have hidden. What is shown stays so.

    Raises `NotFound`, `Forbidden`; `Forbidden`, too, for what others decided.
    """
    mine, there = _message(by, group, seq)
    if there.hidden_at is not None and not deciding.lift(
        kind="hide", by=_role(mine), membership=there.membership, seq=seq, at=now
    ):
        raise Forbidden


def removed(mine: Membership, there: Membership, *, why: Why, now: datetime) -> None:
    """Their membership has been ended. Called by the write that did it."""
    deciding.keep(Act("remove", by=_role(mine), membership=there, why=why, before={"removed": True}, at=now))


def mute(mine: Membership, there: Membership, *, until: datetime | None, why: Why, now: datetime) -> None:
    """Let somebody not write until then, or let them again. Called by the write that holds the conversation."""
    before = there.muted_until
    if deciding.lift(kind="mute", by=_role(mine), membership=there, at=now):
        there.refresh_from_db(fields=["muted_until"])
        before = there.muted_until
    there.muted_until = until
    if until is not None:
        told = {"until": before.isoformat() if before else None}
        deciding.keep(Act("mute", by=_role(mine), membership=there, why=why, before=told, at=now, until=until))


def _message(by: Account, group: UUID, seq: int) -> tuple[Membership, Message]:
    """The caller's own membership as one who leads, and the message. A block is no shield against a lead."""
    hold_conversations(group)
    mine = access.group_lead(by=by, group=group)
    there = Message.objects.filter(conversation_id=group, seq=seq).select_related("membership__account").first()
    if there is None:
        raise NotFound
    return mine, there


def _role(mine: Membership) -> Role:
    assert mine.peer is not None
    return mine.peer
