"""How a membership begins and ends: what every way in and every way out have in common."""

from __future__ import annotations

import secrets
from datetime import datetime

from backend.core.accounts.models import Account
from backend.core.chance import Chance
from backend.core.streams.append import append
from messaging import events
from messaging.actions.aliases import Name
from messaging.actions.dormancy import draw_time
from messaging.models import Conversation, HeldMessage, Membership
from messaging.models.membership import STATES


def begin_membership(
    *,
    conversation: Conversation,
    account: Account,
    name: Name,
    part: str,
    visible_from: int | None,
    now: datetime,
    rng: Chance = secrets,
) -> Membership:
    """Let somebody in, whom the caller holds with the conversation. `visible_from` None: from their coming on."""
    there = Membership.objects.create(
        conversation=conversation,
        account=account,
        alias=name.alias,
        alias_key=name.key,
        avatar_key=name.avatar_key,
        peer=name.peer,
        part=part,
        visible_from=visible_from or 0,
        show_due_at=draw_time(now=now, rng=rng) if account.is_locked else None,
    )

    def see_from(seq: int) -> None:
        if visible_from is None:
            Membership.objects.filter(id=there.id).update(visible_from=seq)

    append(stream=conversation.id, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=now, on_seq=see_from)
    append(stream=account.inbox, kind=events.CONVERSATION_ADDED, ref=conversation.id, at=now)
    return there


def resume_membership(*, there: Membership, now: datetime) -> None:
    """Undo a removal, of a conversation that the caller holds: the same membership, and all that was said meanwhile."""
    there.state = STATES.move(present=there.state, to="active")
    there.visible_to = None
    there.save(update_fields=["state", "visible_to"])
    append(stream=there.conversation_id, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=now)
    if there.muted_until is not None:  # as before; who leads is told again
        append(stream=there.conversation_id, kind=events.MUTE_CHANGED, ref=there.id, at=now)
    if there.account is not None:
        append(stream=there.account.inbox, kind=events.CONVERSATION_ADDED, ref=there.conversation_id, at=now)


def end_membership(*, there: Membership, to: str, now: datetime) -> None:
    """End a membership of a conversation that the caller holds: they see what was said before, and nothing more."""
    there.state = STATES.move(present=there.state, to=to)
    there.show_due_at = None
    there.save(update_fields=["state", "show_due_at"])
    if to == "left":  # who was removed may be brought back, and finds what waited as it was
        HeldMessage.objects.filter(membership=there).delete()

    def see_to(seq: int) -> None:
        Membership.objects.filter(id=there.id).update(visible_to=seq - 1)

    append(stream=there.conversation_id, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=now, on_seq=see_to)
    if there.account is not None:
        append(stream=there.account.inbox, kind=events.CONVERSATION_REMOVED, ref=there.conversation_id, at=now)
