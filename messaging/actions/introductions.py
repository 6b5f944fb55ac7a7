"""Introductions: a member, who has been beside them, and who may be from now on, once, in a talk of three."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from backend.core.accounts.models import Account, Role
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.sealing import datakeys
from messaging import ends
from messaging.actions.locks import hold_accounts
from messaging.actions.talks import begin_talk, close_talk
from messaging.models import Conversation, Introduction


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
    conversation = begin_talk(
        conversation_id=conversation_id,
        kind=Conversation.Kind.INTRODUCTION,
        member=member,
        peers=[giving, receiving],
        accounts=accounts,
        alias=alias,
        now=now,
        rng=rng,
    )
    Introduction.objects.create(conversation=conversation, member=member, giving=giving, receiving=receiving)
    return conversation


def end_introduction(
    *, conversation: Conversation, how: ends.How = ends.How.CLOSED, by: Account | None = None, now: datetime
) -> None:
    """Close an introduction that the caller holds; who belongs to it can still read. A second time changes nothing.

    Raises what a listener refuses with.
    """
    if close_talk(conversation=conversation, how=how, by=by, now=now):
        Introduction.objects.filter(conversation=conversation).update(ended_at=now)
