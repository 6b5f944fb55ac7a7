"""Belonging to a conversation: leaving it, being quiet about it, and what who leads a group does with members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import FieldError, NotFound
from backend.core.streams.append import append
from messaging import access, deciding, ends, errors, events
from messaging.actions.belonging import end_membership
from messaging.actions.direct import end_direct
from messaging.actions.groups import end_group
from messaging.actions.introductions import end_introduction
from messaging.actions.led import HOUSE, mute, removed
from messaging.actions.locks import hold_beside, hold_conversations
from messaging.deciding import Why
from messaging.models import Conversation, Membership

ALWAYS = datetime(2999, 1, 1, tzinfo=UTC)  # quiet without an end


@write
def leave(*, by: Account, conversation: UUID, now: datetime) -> None:
    """Belong to it no more. A direct talk and an introduction end with that; so does a group whose last lead was alone.

    A second time changes nothing. Raises `NotFound`, `LeadNeeded` when members would stay without a lead, and what
    whoever listens to the end of a talk refuses with.
    """
    talks = Conversation.objects.filter(id=conversation, memberships__account=by, memberships__state="active")
    if talks.exclude(kind=Conversation.Kind.GROUP).exists():
        hold_beside(by.id, conversations=lambda: {conversation})
    held = hold_conversations(conversation)[conversation]
    former = Membership.objects.select_related("account").filter(account=by, conversation=conversation)
    mine = former.filter(state="active").first()
    if mine is None:
        if former.exists():
            return
        raise NotFound
    if held.kind == Conversation.Kind.DIRECT:
        end_direct(conversation=held, how=ends.How.LEFT, by=by, now=now)
    elif held.kind == Conversation.Kind.INTRODUCTION:
        end_introduction(conversation=held, how=ends.How.LEFT, by=by, now=now)
    elif held.closed_at is None and _is_last_lead(mine):
        if _others(mine).exists():
            raise errors.LeadNeeded
        end_group(conversation=held, now=now)
    end_membership(there=mine, to="left", now=now)


@write
def be_quiet(*, by: Account, conversation: UUID, until: datetime | None, now: datetime) -> None:
    """Let the conversation not notify the caller, until then or without an end. Nobody else is told.

    Raises `NotFound`, `UntilPast`.
    """
    _check_future(until, pointer="/until", now=now)
    _set_quiet(by=by, conversation=conversation, until=until or ALWAYS, now=now)


@write
def end_quiet(*, by: Account, conversation: UUID, now: datetime) -> None:
    """Let it notify again. Raises `NotFound`."""
    _set_quiet(by=by, conversation=conversation, until=None, now=now)


@write
def change_member(
    *, by: Account, group: UUID, membership: UUID, changes: Mapping[str, Any], why: Why = HOUSE, now: datetime
) -> Membership:
    """As one who leads: mute somebody (`muted_until`, None: no more), or give or take the lead's part (`part`).

    A mute is a decision that can be appealed; nobody shortens what others have decided. Only who is there as a peer
    expert can lead. Raises `NotFound`, `Forbidden`, `UntilPast`, `PeerExpertNeeded`, `LeadNeeded`, `IsLead`,
    `Conflict` for who does not belong any more, and what the keeper of decisions refuses.
    """
    deciding.check(why)
    hold_conversations(group)
    mine = access.group_lead(by=by, group=group)
    there = access.led_membership(mine=mine, membership=membership)
    if there.state != "active":
        raise errors.NotMember
    before = (there.part, there.muted_until)
    if "part" in changes:
        _change_part(there, changes["part"])
    if "muted_until" in changes and changes["muted_until"] != there.muted_until:
        _check_future(changes["muted_until"], pointer="/muted_until", now=now)
        if there.part == Membership.Part.LEAD:
            raise errors.IsLead
        mute(mine, there, until=changes["muted_until"], why=why, now=now)
    if (there.part, there.muted_until) != before:
        there.save(update_fields=["part", "muted_until"])
    if there.part != before[0]:
        append(stream=group, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=now)
    if there.muted_until != before[1]:
        append(stream=group, kind=events.MUTE_CHANGED, ref=there.id, at=now)
    return there


@write
def remove_member(*, by: Account, group: UUID, membership: UUID, why: Why = HOUSE, now: datetime) -> None:
    """As one who leads: end somebody's membership, a decision that can be appealed. Whose has ended stays as they are.

    Raises `NotFound`, `Forbidden`, `IsLead`, and what the keeper refuses.
    """
    deciding.check(why)
    hold_conversations(group)
    mine = access.group_lead(by=by, group=group)
    there = access.led_membership(mine=mine, membership=membership)
    if there.state != "active":
        return
    if there.part == Membership.Part.LEAD:
        raise errors.IsLead
    end_membership(there=there, to="removed", now=now)
    removed(mine, there, why=why, now=now)


def _set_quiet(*, by: Account, conversation: UUID, until: datetime | None, now: datetime) -> None:
    mine = access.membership(by=by, conversation=conversation)
    if mine.quiet_until != until:
        mine.quiet_until = until
        mine.save(update_fields=["quiet_until"])
        append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)


def _change_part(there: Membership, part: str) -> None:
    if part == there.part:
        return
    if part != Membership.Part.LEAD and _is_last_lead(there):
        raise errors.LeadNeeded
    if part == Membership.Part.LEAD and (there.peer is None or there.peer.ended_at is not None):
        raise errors.PeerExpertNeeded
    there.part = part
    if part == Membership.Part.LEAD:
        there.muted_until = None


def _is_last_lead(there: Membership) -> bool:
    return there.part == Membership.Part.LEAD and not _others(there).filter(part=Membership.Part.LEAD).exists()


def _others(there: Membership) -> Any:
    return Membership.objects.filter(conversation=there.conversation_id, state="active").exclude(id=there.id)


def _check_future(until: datetime | None, *, pointer: str, now: datetime) -> None:
    if until is not None and until <= now:
        raise errors.UntilPast(errors=(FieldError(pointer, errors.UntilPast.code),))
