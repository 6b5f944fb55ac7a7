"""Whom a write holds while it decides: accounts first, then conversations, each in the order of their ids."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from backend.core.accounts import access as accounts
from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account, Role
from backend.core.errors import NotFound
from messaging import ends, errors
from messaging.models import Conversation


def hold_accounts(*accounts: UUID) -> dict[UUID, Account]:
    """Until the write ends these accounts are not locked or unlocked, choose no alias and open no direct talk."""
    rows = Account.objects.select_for_update(no_key=True).filter(id__in=accounts).order_by("id")
    return {row.id: row for row in rows}


def hold_beside(*accounts: UUID, conversations: Callable[[], set[UUID]]) -> dict[UUID, Account]:
    """As `hold_accounts`, with all whom the end of these talks concerns. `conversations` is asked again once held."""
    return hold_all(lambda: {*accounts, *ends.accounts_beside(conversations())})


def hold_conversations(*conversations: UUID) -> dict[UUID, Conversation]:
    """Until the write ends nobody else joins, leaves, is muted, blocks or edits here. Raises `NotFound`."""
    rows = Conversation.objects.select_for_update(no_key=True).filter(id__in=conversations).order_by("id")
    found = {row.id: row for row in rows}
    if len(found) < len(set(conversations)):
        raise NotFound
    return found


def hold_peer_role(account: Account) -> Role:
    """The role in which somebody, whom the caller holds, is a peer expert now. Raises `PeerExpertNeeded`."""
    try:
        return accounts.role(account=account, kind=Role.Kind.PEER_EXPERT, lock=True)
    except NotFound:
        raise errors.PeerExpertNeeded from None
