"""Streams and their events: one gapless `seq` per stream, in commit order."""

from __future__ import annotations

from django.db import models


class Stream(models.Model):
    """The head of one stream: a conversation's (same id) or an account's inbox."""

    id = models.UUIDField(primary_key=True)
    head = models.BigIntegerField(default=0)
    at = models.DateTimeField()  # of the newest event; never runs backwards
    # Whether there is something that nobody has been woken for yet. Set with each move of the head and mostly set
    # already, so that the index is touched once in a while and the move stays heap-only.
    unpushed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(unpushed=True), name="stream_unpushed")]

    def __str__(self) -> str:
        return f"{self.id} @{self.head}"


class Event(models.Model):
    """What happened, as references only: `ref` names the subject, `number` a message's seq.

    No foreign key: the head was locked in the same transaction, so the stream is there, and the check would cost
    every message a row lock.
    """

    pk = models.CompositePrimaryKey("stream_id", "seq")
    stream_id = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    ref = models.UUIDField(null=True)
    number = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.stream_id}#{self.seq} {self.kind}"
