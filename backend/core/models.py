"""Rows that belong to no single subsystem: the audit chain, replies kept for repeats, and rate limits."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class AuditEntry(models.Model):
    """One link of the audit chain: insert-only, by trigger. `hash` = SHA-256(previous hash ‖ canonical JSON)."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    by = models.UUIDField(null=True)
    subject = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["seq"]
        indexes = [
            # Who opened what of a member's: the member may read it.
            models.Index(fields=["subject", "-seq"], condition=models.Q(action="vault.opened"), name="audit_opened"),
            # For who audits.
            models.Index(fields=["action", "-seq"], name="audit_by_action"),
            models.Index(fields=["by", "-seq"], name="audit_by_whom"),
            models.Index(fields=["subject", "-seq"], name="audit_by_subject"),
            # Without a list of what is to be sorted in later: each search would read through it eleven times.
            GinIndex(fields=["data"], opclasses=["jsonb_path_ops"], fastupdate=False, name="audit_by_data"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AuditHead(models.Model):
    """The end of the chain: its one row is locked by whoever adds a link."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"head {self.seq}"


class AuditCheck(models.Model):
    """How far the worker has walked the chain, and what it found. One row.

    A pass begins at the first entry and goes on with what is new once it has reached the end, until another begins.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    began_at = models.DateTimeField(null=True)  # of the present pass
    seq = models.BigIntegerField(default=0)  # walked in it
    hash = models.BinaryField(max_length=32, default=bytes(32))
    reached_at = models.DateTimeField(null=True)  # when a walk last came to the end
    whole_at = models.DateTimeField(null=True)  # when a pass last came from the first entry to the end
    fault = models.BigIntegerField(null=True)  # the entry at which the chain breaks, until a whole pass finds none
    fault_at = models.DateTimeField(null=True)
    checkpoint = models.BinaryField(null=True)  # the newest one: a line as it was read back, or sent

    def __str__(self) -> str:
        return f"check {self.seq}"


class KeptReply(models.Model):
    """The sealed reply to a request that carried an `Idempotency-Key`; kept for 24 h."""

    account = models.UUIDField()
    key = models.BinaryField(max_length=32)  # SHA-256 of the client's key
    request = models.BinaryField(max_length=32)  # SHA-256 of method, path and body
    status = models.SmallIntegerField()
    reply = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="kept_reply_once")]

    def __str__(self) -> str:
        return f"reply {self.status}"


class Limit(models.Model):
    """A rate limit's state where no Redis is configured: the theoretical arrival time of GCRA."""

    key = models.BinaryField(primary_key=True, max_length=32)
    free_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"limit {self.free_at}"
