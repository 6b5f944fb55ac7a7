"""Whom a write about a case holds before the case itself: accounts, then conversations, as everywhere."""

from __future__ import annotations

from uuid import UUID

from backend.core.accounts import access
from messaging.actions.locks import hold_conversations
from messaging.models import Membership
from moderation.models import Case


def hold_people(*, case: UUID) -> None:
    """The person whom the case is about, and the place. Nothing, for a case that is not there."""
    found = Case.objects.filter(id=case).values_list("subject", "conversation").first()
    if found is None:
        return
    subject, conversation = found
    there = {conversation} - {None}
    if subject is not None:
        access.account_with_beside(account=subject)  # a suspension touches who is beside them
        # Losing the role touches every group where they are known by it.
        groups = Membership.objects.filter(peer__account=subject, peer__ended_at=None, state="active")
        there |= set(groups.filter(conversation__kind="group").values_list("conversation", flat=True))
    hold_conversations(*there)
