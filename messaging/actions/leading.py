"""A group whose lead loses the role: another lead goes on, a peer expert takes over, or it closes, announced before."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models

from backend.core.accounts.models import Account, Role
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from messaging import access, errors, events
from messaging.actions.aliases import name_of_peer
from messaging.actions.belonging import begin_membership
from messaging.actions.groups import end_group
from messaging.actions.locks import hold_accounts, hold_conversations, hold_peer_role
from messaging.models import AdmissionRequest, Conversation, Group, Membership

CLOSES_AFTER = timedelta(days=28)  # without a lead
AT_ONCE = 50


def follow_role_ended(role: Role, at: datetime) -> None:
    """Who is no peer expert any more leads nothing; their membership stays. Called by the write that ends the role.

    Held are all groups where they are known by the role: somebody may be making them a lead at this moment.
    """
    theirs = Membership.objects.filter(peer=role, state="active", conversation__kind=Conversation.Kind.GROUP)
    held = hold_conversations(*theirs.values_list("conversation", flat=True))
    for there in theirs.filter(part=Membership.Part.LEAD).order_by("conversation"):
        there.part = Membership.Part.MEMBER
        there.save(update_fields=["part"])
        append(stream=there.conversation_id, kind=events.MEMBERSHIP_CHANGED, ref=there.id, at=at)
        announce_if_unled(conversation=held[there.conversation_id], now=at)


def announce_if_unled(*, conversation: Conversation, now: datetime) -> None:
    """An open group without a lead will close; who belongs to it is told when. The caller holds it."""
    if conversation.closed_at is None and not _leads(conversation.id).exists():
        _set_closing(conversation.id, at=now + CLOSES_AFTER, now=now)


def stay_open(*, conversation: Conversation, now: datetime) -> None:
    """Somebody leads it again: it does not close. The caller holds it."""
    if Group.objects.filter(conversation=conversation, closes_at__isnull=False).exists():
        _set_closing(conversation.id, at=None, now=now)


@write
def take_lead(*, by: Account, group: UUID, now: datetime, rng: Chance = secrets) -> Membership:
    """Lead a group that nobody leads, as a peer expert: it stays open. Who leads it already keeps it.

    One who belongs to it as such, or one of an organisation whose peer expert is known there: they come in with it.
    Nobody who belongs under another name: it would tell who they are. Raises `NotFound`, `PeerExpertNeeded`,
    `GroupHasLead`, `ConversationEnded`, `AlreadyMember`, `AlreadyAsked`, `WasRemoved`, `AliasTaken`.
    """
    account = hold_accounts(by.id)[by.id]
    conversation = hold_conversations(group)[group]
    mine = Membership.objects.filter(account=account, conversation=group, state="active").first()
    if conversation.kind != Conversation.Kind.GROUP or (mine is None and not _may_come_in(account, conversation)):
        raise NotFound
    if mine is not None and mine.part == Membership.Part.LEAD:
        access.group_lead(by=by, group=group)
        return mine
    role = hold_peer_role(account)
    if conversation.closed_at is not None:
        raise errors.ConversationEnded
    if _leads(group).exists():
        raise errors.GroupHasLead
    if mine is None:
        mine = _come_in(account, role, conversation, now=now, rng=rng)
    elif mine.peer_id != role.id:
        raise errors.AlreadyMember
    else:
        was_muted = mine.muted_until is not None
        mine.part, mine.muted_until = Membership.Part.LEAD, None
        mine.save(update_fields=["part", "muted_until"])
        append(stream=group, kind=events.MEMBERSHIP_CHANGED, ref=mine.id, at=now)
        if was_muted:
            append(stream=group, kind=events.MUTE_CHANGED, ref=mine.id, at=now)
    _set_closing(group, at=None, now=now)
    return mine


def close_unled(*, now: datetime) -> int:
    """Close the groups that nobody has taken over in time; → how many were looked at."""
    due = Group.objects.filter(closes_at__lte=now, conversation__closed_at=None).order_by("closes_at")
    return sum(_close_one(group, now=now) for group in list(due.values_list("conversation", flat=True)[:AT_ONCE]))


@write
def _close_one(group: UUID, *, now: datetime) -> int:
    conversation = hold_conversations(group)[group]
    still = Group.objects.filter(conversation=group, closes_at__lte=now).exists()
    if still and conversation.closed_at is None:
        end_group(conversation=conversation, now=now)
    return 1


def _set_closing(group: UUID, *, at: datetime | None, now: datetime) -> None:
    there = Group.objects.get(conversation=group)
    there.closes_at = at
    there.version += 1
    there.save(update_fields=["closes_at", "version"])
    append(stream=group, kind=events.CONVERSATION_CHANGED, at=now)


def _leads(group: UUID) -> models.QuerySet[Membership]:
    return Membership.objects.filter(conversation=group, state="active", part=Membership.Part.LEAD)


def _may_come_in(account: Account, conversation: Conversation) -> bool:
    """One of the same organisation as a peer expert who is known there, while nobody leads it."""
    if conversation.closed_at is not None or _leads(conversation.id).exists():
        return False
    role = Role.objects.filter(account=account, kind=Role.Kind.PEER_EXPERT, ended_at=None).first()
    if role is None:
        return False
    known = Membership.objects.filter(conversation=conversation, peer__isnull=False)
    return known.filter(peer__organisation=role.organisation_id).exists()


def _come_in(account: Account, role: Role, conversation: Conversation, *, now: datetime, rng: Chance) -> Membership:
    if Membership.objects.filter(conversation=conversation, account=account, state="removed").exists():
        raise errors.WasRemoved
    if AdmissionRequest.objects.filter(group=conversation.id, account=account, state="asked").exists():
        raise errors.AlreadyAsked
    return begin_membership(
        conversation=conversation,
        account=account,
        name=name_of_peer(role=role, conversation=conversation.id),
        part=Membership.Part.LEAD,
        visible_from=Group.objects.get(conversation=conversation).earlier_from_seq,
        now=now,
        rng=rng,
    )
