"""Evidence: what was there when it was reported, sealed to the case, with the tag made when it was accepted."""

from __future__ import annotations

import uuid

from django.db import models

from moderation.models.case import Case


class Exhibit(models.Model):
    """What an entry, or somebody as a peer expert, showed of themselves when it was reported: sealed to the case.

    `version` is theirs; each is taken once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exhibits")
    version = models.PositiveIntegerField()
    body = models.BinaryField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="exhibit_once")]

    def __str__(self) -> str:
        return f"exhibit {self.id}"


class Evidence(models.Model):
    """One version of one message as it stood. No edit, retraction or erasure changes it; nobody can make one up.

    `tag` is the message's own, made at its acceptance over conversation, membership, `client_id` and text.
    `is_context`: what was said around it, dropped with the decision.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="evidence")
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    version = models.SmallIntegerField()
    membership_id = models.UUIDField()
    client_id = models.UUIDField()
    alias = models.CharField(max_length=32)
    part = models.CharField(max_length=8)
    sent_at = models.DateTimeField()
    body = models.BinaryField(null=True)  # sealed to the case; null: the text was gone already
    tag = models.BinaryField(max_length=33)
    is_context = models.BooleanField(default=False)
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq", "version"], name="evidence_once")]

    def __str__(self) -> str:
        return f"evidence {self.id}"
