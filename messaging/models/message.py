"""Messages. Their text is sealed with the conversation's data key; `(conversation, seq)` is where a message stands."""

from __future__ import annotations

import uuid

from django.db import models

from messaging.models.membership import Membership


class Message(models.Model):
    """An accepted message. `seq` is that of its `message.created` in the conversation's stream.

    `tag` proves this version of the text, `first_tag` the first one once there has been an edit; neither ever changes.
    No foreign keys on purpose: both rows were read under the stream's lock in the same transaction, and the checks
    would cost each message two row locks.
    """

    pk = models.CompositePrimaryKey("conversation_id", "seq")
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    message_id = models.UUIDField(default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(
        Membership, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="messages"
    )
    client_id = models.UUIDField()
    body = models.BinaryField(null=True)  # null once retracted
    version = models.SmallIntegerField(default=1)
    tag = models.BinaryField(max_length=33)
    first_tag = models.BinaryField(max_length=33, null=True)
    reply_to = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    retracted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)  # by a decision; its text is kept, and shown to nobody meanwhile

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "client_id"], name="message_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}"


class MessageVersion(models.Model):
    """A superseded or retracted text, still sealed; reachable only by a report, gone after 30 days. Its tag stays."""

    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    version = models.SmallIntegerField()
    body = models.BinaryField(null=True)
    tag = models.BinaryField(max_length=33)
    superseded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation_id", "seq", "version"], name="version_once")]
        indexes = [
            models.Index(fields=["superseded_at"], condition=models.Q(body__isnull=False), name="version_to_drop")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq} v{self.version}"


class Reaction(models.Model):
    """One key of the fixed set, by one membership, on one message."""

    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="reactions")
    key = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation_id", "seq", "membership", "key"], name="reaction_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} on {self.conversation_id}#{self.seq}"
