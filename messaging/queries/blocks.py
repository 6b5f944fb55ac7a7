"""Reads about blocks."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from backend.core.accounts.models import Account
from messaging.models import Block


def roles_apart(*, account: Account) -> set[UUID]:
    """The peer ids of those with whom the account has a block, whoever made it, where they are known by that id.

    Not where they are there under another alias: that would tell who is who.
    """
    made = Block.objects.filter(by=account, membership__peer__isnull=False).values_list("membership__peer", flat=True)
    theirs = Block.objects.filter(
        of=account, conversation__memberships__account=F("by"), conversation__memberships__peer__isnull=False
    )
    return {*made, *theirs.values_list("conversation__memberships__peer", flat=True)} - {None}
