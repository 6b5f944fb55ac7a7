"""Direct talks: between a member and a peer expert, at most one open for the two."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Q

from backend.core.accounts.models import Account, Role
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.sealing import datakeys
from messaging import ends
from messaging.actions.locks import hold_accounts
from messaging.actions.talks import begin_talk, close_talk
from messaging.models import Block, Conversation, DirectTalk, Membership


def open_direct(*, by: Account, peer: UUID, alias: str | None, now: datetime, rng: Chance = secrets) -> Conversation:
    """The caller's talk with a peer expert who leads a group that they belong to; made if there is none.

    `alias` names the caller in a new talk, None: suggested. Raises `NotFound` for everybody else's id, whether it
    exists or not, and what an alias is refused for.
    """
    role = Role.objects.filter(id=peer, kind=Role.Kind.PEER_EXPERT, ended_at=None).exclude(account=by).first()
    if role is None:
        raise NotFound
    there = _open_talk(by, role)
    if there is not None:
        return there
    if not _meets(by, role):
        raise NotFound
    return _start(member=by, peer=role, allowed=False, alias=alias, now=now, rng=rng)


def start_direct(
    *, member: Account, peer: Role, alias: str | None, now: datetime, rng: Chance = secrets
) -> Conversation:
    """The open talk of the two, or a new one; whether they may is for the caller to know. Raises as `choose_name`."""
    return _start(member=member, peer=peer, allowed=True, alias=alias, now=now, rng=rng)


def _start(*, now: datetime, **given: Any) -> Conversation:
    conversation = uuid4()
    datakeys.create_key(owner=conversation, at=now)  # first, in its own database
    return _start_with_key(conversation_id=conversation, now=now, **given)


@write
def _start_with_key(
    *,
    conversation_id: UUID,
    member: Account,
    peer: Role,
    allowed: bool,
    alias: str | None,
    now: datetime,
    rng: Chance,
) -> Conversation:
    accounts = hold_accounts(member.id, peer.account_id)
    there = _open_talk(member, peer)
    if there is not None:  # asked for twice at once
        return there
    if not allowed and not _meets(member, peer):  # again, now that nobody can block meanwhile
        raise NotFound
    conversation = begin_talk(
        conversation_id=conversation_id,
        kind=Conversation.Kind.DIRECT,
        member=member,
        peers=[peer],
        accounts=accounts,
        alias=alias,
        now=now,
        rng=rng,
    )
    DirectTalk.objects.create(conversation=conversation, member=member, peer=peer)
    return conversation


def end_direct(
    *, conversation: Conversation, how: ends.How = ends.How.CLOSED, by: Account | None = None, now: datetime
) -> None:
    """Close a direct talk that the caller holds; who belongs to it can still read. A second time changes nothing.

    Raises what a listener refuses with.
    """
    if close_talk(conversation=conversation, how=how, by=by, now=now):
        DirectTalk.objects.filter(conversation=conversation).update(ended_at=now)


def _open_talk(member: Account, peer: Role) -> Conversation | None:
    talk = DirectTalk.objects.select_related("conversation").filter(member=member, peer=peer, ended_at=None).first()
    return talk.conversation if talk else None


def _meets(by: Account, peer: Role) -> bool:
    """Whether there is an open group that the one leads and the other belongs to, with no block between them.

    Nor in a direct talk of theirs: whoever has ended one by a block is not talked to again until it is lifted.
    """
    between = Block.objects.filter(Q(by=by, of=peer.account_id) | Q(by=peer.account_id, of=by))
    mine = Membership.objects.filter(account=by, conversation=OuterRef("conversation"), state="active")
    leading = Membership.objects.filter(
        peer=peer,
        part=Membership.Part.LEAD,
        state="active",
        conversation__kind=Conversation.Kind.GROUP,
        conversation__closed_at=None,
    )
    apart = Exists(between.filter(conversation=OuterRef("conversation")))
    if between.filter(conversation__direct__member=by, conversation__direct__peer=peer).exists():
        return False
    return leading.filter(Exists(mine), ~apart).exists()
