"""What a decision about people does in a conversation, and how it is undone. Who may decide is for the caller to know.

Each tells what was before, so that undoing brings back exactly that.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from messaging import errors, events
from messaging.actions.belonging import end_membership, resume_membership
from messaging.actions.groups import end_group
from messaging.actions.leading import announce_if_unled, stay_open
from messaging.actions.locks import hold_conversations
from messaging.models import Conversation, Group, Membership


@write
def set_muted(*, membership: UUID, until: datetime | None, now: datetime) -> datetime | None:
    """Let somebody not write until then (None: let them); → what it was before. Raises `NotFound`, `NotMember`."""
    there = _held(membership)
    if there.state != "active":
        raise errors.NotMember
    before = there.muted_until
    if before != until:
        there.muted_until = until
        there.save(update_fields=["muted_until"])
        append(stream=there.conversation_id, kind=events.MUTE_CHANGED, ref=there.id, at=now)
    return before


@write
def remove(*, membership: UUID, now: datetime) -> bool:
    """End somebody's membership; → whether it was running. Who leads is not removed like this.

    Raises `NotFound`, `IsLead`.
    """
    there = _held(membership)
    if there.state != "active":
        return False
    if there.part == Membership.Part.LEAD:
        raise errors.IsLead
    end_membership(there=there, to="removed", now=now)
    return True


@write
def bring_back(*, membership: UUID, now: datetime) -> bool:
    """Undo a removal; → whether there was one. Who belongs again by other ways is left as they are."""
    there = _held(membership)
    if there.account_id is None:  # erased: nobody can come back
        return False
    again = Membership.objects.filter(conversation=there.conversation_id, account=there.account_id, state="active")
    if there.state != "removed" or again.exists():
        return False
    resume_membership(there=there, now=now)
    return True


@write
def lead_again(*, membership: UUID, now: datetime) -> bool:
    """Let somebody lead who did; → whether they do so again. Not who belongs no more, nor where it has closed."""
    there = _held(membership)
    if there.state != "active" or there.conversation.closed_at is not None or there.part == Membership.Part.LEAD:
        return False
    there.part = Membership.Part.LEAD
    there.save(update_fields=["part"])
    append(stream=there.conversation_id, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=now)
    stay_open(conversation=there.conversation, now=now)
    return True


@write
def set_slow_mode(*, group: UUID, seconds: int, now: datetime) -> int:
    """Ask for so many seconds between two messages of one member; → how many it was before. Raises `NotFound`."""
    hold_conversations(group)
    there = _group(group)
    before = there.slow_mode_s
    if before != seconds:
        there.slow_mode_s = seconds
        there.version += 1
        there.save(update_fields=["slow_mode_s", "version"])
        append(stream=group, kind=events.CONVERSATION_CHANGED, at=now)
    return before


@write
def close(*, group: UUID, now: datetime) -> bool:
    """End a group; → whether it was open. Raises `NotFound`."""
    conversation = hold_conversations(group)[group]
    _group(group)
    if conversation.closed_at is not None:
        return False
    end_group(conversation=conversation, now=now)
    return True


@write
def reopen(*, group: UUID, now: datetime) -> bool:
    """Undo the end of a group; → whether it had ended. Raises `NotFound`."""
    conversation = hold_conversations(group)[group]
    _group(group)
    if conversation.closed_at is None:
        return False
    conversation.closed_at = None
    conversation.save(update_fields=["closed_at"])
    append(stream=group, kind=events.CONVERSATION_CHANGED, at=now)
    announce_if_unled(conversation=conversation, now=now)
    return True


def _held(membership: UUID) -> Membership:
    """The membership as it is under the lock of its conversation."""
    place = Membership.objects.filter(id=membership).values_list("conversation", flat=True).first()
    if place is None:
        raise NotFound
    hold_conversations(place)
    return Membership.objects.select_related("account", "conversation").get(id=membership)


def _group(group: UUID) -> Group:
    there = Group.objects.filter(conversation=group, conversation__kind=Conversation.Kind.GROUP).first()
    if there is None:
        raise NotFound
    return there
