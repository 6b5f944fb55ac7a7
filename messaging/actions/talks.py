"""What direct talks and introductions share: peers and a member begin together, and the end is for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account, Role
from backend.core.chance import Chance
from backend.core.streams import store
from backend.core.streams.append import append
from messaging import ends, events
from messaging.actions.aliases import choose_name, name_of_peer
from messaging.actions.belonging import begin_membership
from messaging.models import Conversation, Membership


def begin_talk(
    *,
    conversation_id: UUID,
    kind: Conversation.Kind,
    member: Account,
    peers: Sequence[Role],
    accounts: Mapping[UUID, Account],
    alias: str | None,
    now: datetime,
    rng: Chance,
) -> Conversation:
    """A talk of a member with peers, who have their names and lead; the caller holds all of their accounts.

    Raises as `choose_name`.
    """
    chosen = choose_name(
        account=accounts[member.id],
        conversation=conversation_id,
        alias=alias,
        avatar_key=None,
        beside=list(peers),
        rng=rng,
    )
    conversation = Conversation.objects.create(id=conversation_id, kind=kind, created_at=now)
    store.create_stream(stream=conversation.id, at=now)
    names = [(name_of_peer(role=role, conversation=conversation.id), role.account_id) for role in peers]
    parts = [(Membership.Part.LEAD, *named) for named in names] + [(Membership.Part.MEMBER, chosen, member.id)]
    for part, name, account in parts:
        begin_membership(
            conversation=conversation,
            account=accounts[account],
            name=name,
            part=part,
            visible_from=1,
            now=now,
            rng=rng,
        )
    return conversation


def close_talk(*, conversation: Conversation, how: ends.How, by: Account | None, now: datetime) -> bool:
    """Close a talk that the caller holds, and say so; → whether it was open. Who belongs to it can still read.

    Raises what a listener refuses with.
    """
    if conversation.closed_at is not None:
        return False
    ends.tell(ends.End(conversation=conversation, how=how, by=by, at=now))
    conversation.closed_at = now
    conversation.save(update_fields=["closed_at"])
    append(stream=conversation.id, kind=events.CONVERSATION_CHANGED, at=now)
    return True
