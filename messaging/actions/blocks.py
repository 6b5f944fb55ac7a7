"""Blocks: two people do not see each other in one conversation; elsewhere nothing tells who is who."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from messaging import access, ends, errors, events
from messaging.actions.direct import end_direct
from messaging.actions.introductions import end_introduction
from messaging.actions.locks import hold_beside, hold_conversations
from messaging.models import Block, Conversation, DirectTalk, Introduction, Membership


@write
def block(*, by: Account, membership: UUID, now: datetime) -> Block:
    """Hide somebody and the caller from each other, in the conversation of that membership.

    Blocking a peer expert, who is known as such everywhere, closes the direct talk with them and an introduction to
    them too; so does a block in the talk itself. A second time changes nothing. Raises `NotFound`, `BlockOfOneself`.
    """
    named = _named(membership)
    mine = access.membership(by=by, conversation=named.conversation_id)
    hold_beside(by.id, conversations=lambda: {named.conversation_id, *_talks_of(by, named)})  # nor is one opened now
    held = hold_conversations(named.conversation_id, *_talks_of(by, named))
    mine = access.membership(by=by, conversation=named.conversation_id)
    named = _named(membership)  # they may have erased their account meanwhile
    if named.account_id == by.id:
        raise errors.BlockOfOneself
    assert named.account is not None
    hidden = _is_hidden(by.id, named)
    made, is_new = Block.objects.get_or_create(
        by=by,
        membership=named,
        defaults={"conversation_id": named.conversation_id, "of": named.account, "made_at": now},
    )
    if is_new:
        _tell(mine, named, alone=hidden, now=now)
        for conversation in held.values():
            if conversation.kind == Conversation.Kind.DIRECT:
                end_direct(conversation=conversation, how=ends.How.BLOCKED, by=by, now=now)
            elif conversation.kind == Conversation.Kind.INTRODUCTION:
                end_introduction(conversation=conversation, how=ends.How.BLOCKED, by=by, now=now)
    return made


@write
def unblock(*, by: Account, membership: UUID, now: datetime) -> None:
    """Take one's own block back; a talk that it closed stays closed. A second time changes nothing.

    Raises `NotFound`.
    """
    named = _named(membership, erased=True)
    hold_conversations(named.conversation_id)
    mine = access.membership(by=by, conversation=named.conversation_id)
    gone, _ = Block.objects.filter(by=by, membership=named).delete()
    if gone:
        _tell(mine, named, alone=_is_hidden(by.id, named), now=now)


def _talks_of(by: Account, named: Membership) -> set[UUID]:
    """The caller's open talks with whom they have named, where that is somebody known as a peer expert."""
    if named.peer_id is None:
        return set()
    direct = DirectTalk.objects.filter(member=by, peer=named.peer_id, ended_at=None)
    with_three = Introduction.objects.filter(Q(giving=named.peer_id) | Q(receiving=named.peer_id), member=by)
    introductions = with_three.filter(ended_at=None)
    return set(
        direct.values_list("conversation", flat=True).union(introductions.values_list("conversation", flat=True))
    )


def _named(membership: UUID, *, erased: bool = False) -> Membership:
    """The membership that is spoken of. It may have ended: what was said stays to be hidden."""
    there = Membership.objects.filter(id=membership).first()
    if there is None or (there.account_id is None and not erased):
        raise NotFound
    return there


def _is_hidden(by: UUID, named: Membership) -> bool:
    """Whether the two have a block here, whoever made it."""
    hidden = access.hidden_accounts(account=by, conversation=named.conversation_id)
    return named.account_id in hidden


def _tell(mine: Membership, named: Membership, *, alone: bool, now: datetime) -> None:
    """Both read the conversation anew; the other is told nothing where another block keeps all as it was."""
    theirs = Membership.objects.filter(
        conversation=named.conversation_id, account=named.account_id, state="active"
    ).values_list("id", flat=True)
    for owner in (mine.id, *(() if alone else theirs)):
        append(stream=mine.conversation_id, kind=events.CONVERSATION_RESET, ref=owner, at=now)
