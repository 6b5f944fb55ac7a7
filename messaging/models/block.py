"""Blocks: two people who do not see each other in one conversation."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models import Account
from messaging.models.conversation import Conversation
from messaging.models.membership import Membership


class Block(models.Model):
    """Hides both ways, in this conversation only.

    It holds between accounts, so that coming back under another alias does not undo it. But there is one for each
    membership that was named: else naming a second one would tell whether it is the same person's.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="blocks")
    by = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    of = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")  # the one that was named
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "membership"], name="block_once")]

    def __str__(self) -> str:
        return f"block in {self.conversation_id}"
