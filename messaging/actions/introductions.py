"""Introductions: a member, who has been beside them, and who may be from now on, once, in a talk of three."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from backend.core.accounts.models import Account, Role
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.sealing import datakeys
from backend.core.streams import store
from backend.core.streams.append import append
from messaging import ends, events
from messaging.actions.aliases import choose_name, name_of_peer
from messaging.actions.belonging import begin_membership
from messaging.actions.locks import hold_accounts
from messaging.models import Conversation, Introduction, Membership


def start_introduction(
    *, member: Account, giving: Role, receiving: Role, alias: str | None = None, now: datetime, rng: Chance = secrets
) -> Conversation:
    """A talk of the three, who are three people; whether they may is for the caller to know, who holds their accounts.

    The member has an alias here that they have nowhere else. Raises as `choose_name`.
    """
    conversation = uuid4()
    datakeys.create_key(owner=conversation, at=now)  # first, in its own database
    return _start_with_key(
        conversation_id=conversation, member=member, giving=giving, receiving=receiving, alias=alias, now=now, rng=rng
    )


@write
def _start_with_key(
    *,
    conversation_id: UUID,
    member: Account,
    giving: Role,
    receiving: Role,
    alias: str | None,
    now: datetime,
    rng: Chance,
) -> Conversation:
    accounts = hold_accounts(member.id, giving.account_id, receiving.account_id)
    name = choose_name(
        account=accounts[member.id],
        conversation=conversation_id,
        alias=alias,
        avatar_key=None,
        beside=[giving, receiving],
        rng=rng,
    )
    conversation = Conversation.objects.create(id=conversation_id, kind=Conversation.Kind.INTRODUCTION, created_at=now)
    Introduction.objects.create(conversation=conversation, member=member, giving=giving, receiving=receiving)
    store.create_stream(stream=conversation.id, at=now)
    for role in (giving, receiving):
        begin_membership(
            conversation=conversation,
            account=accounts[role.account_id],
            name=name_of_peer(role=role, conversation=conversation.id),
            part=Membership.Part.LEAD,
            visible_from=1,
            now=now,
            rng=rng,
        )
    begin_membership(
        conversation=conversation,
        account=accounts[member.id],
        name=name,
        part=Membership.Part.MEMBER,
        visible_from=1,
        now=now,
        rng=rng,
    )
    return conversation


def end_introduction(
    *, conversation: Conversation, how: ends.How = ends.How.CLOSED, by: Account | None = None, now: datetime
) -> None:
    """Close an introduction that the caller holds; who belongs to it can still read. A second time changes nothing.

    Raises what a listener refuses with.
    """
    if conversation.closed_at is not None:
        return
    ends.tell(ends.End(conversation=conversation, how=how, by=by, at=now))
    conversation.closed_at = now
    conversation.save(update_fields=["closed_at"])
    Introduction.objects.filter(conversation=conversation).update(ended_at=now)
    append(stream=conversation.id, kind=events.CONVERSATION_CHANGED, at=now)
