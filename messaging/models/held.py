"""Messages that wait for a person before they are posted. They have no seq, and are in no stream."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Role
from backend.core.sealing import seal
from backend.core.states import States
from messaging.models.conversation import Conversation
from messaging.models.membership import Membership

# `released`: posted, and a message from then on; `lapsed`: nobody has looked at it in time.
STATES = States(start="waiting", moves={"waiting": ("released", "returned", "withdrawn", "lapsed")})


class HeldMessage(models.Model):
    """A message that waits, or has waited.

    Its id becomes that of the message. `body` and `why` (a JSON list of what was found in it) are sealed with the
    conversation's data key, `word` (of who returned it) as well; all are gone once it is posted or withdrawn.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="held")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="held")
    client_id = models.UUIDField()
    body = models.BinaryField(null=True)
    why = models.BinaryField(null=True)
    newcomer = models.BooleanField(default=False)  # held because it is one of somebody's first here
    tag = models.BinaryField(max_length=33)  # as in a message
    first_tag = models.BinaryField(max_length=33, null=True)
    reply_to = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    held_at = models.DateTimeField()
    due_at = models.DateTimeField()  # promised: from then on who moderates looks, too
    escalated_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    word = models.BinaryField(null=True)
    seq = models.BigIntegerField(null=True)  # of the message, once posted
    version = models.PositiveIntegerField(default=1)  # of the text: who releases it names what they have read

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "client_id"], name="held_message_once")]
        indexes = [
            models.Index(fields=["conversation", "held_at"], condition=Q(state="waiting"), name="held_message_waits"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="waiting", escalated_at__isnull=True),
                name="held_message_due",
            ),
            models.Index(fields=["held_at"], name="held_message_to_drop"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    def aad(self, column: str) -> bytes:
        """Where one of its sealed texts belongs; the body has the place of the message that it becomes."""
        return seal.aad("held_message", self.id, column, 1, self.conversation_id, self.membership_id)
