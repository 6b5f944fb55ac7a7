"""Tables alike ours: a conversation's head, members, messages that are unique by place and by client id."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class Conversation(models.Model):
    """Where people talk; `head` is the seq of its newest message."""

    head = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager[Conversation]] = models.Manager()

    class Meta:
        app_label = "plain"

    def __str__(self) -> str:
        return str(self.pk)


class Token(models.Model):
    """Who a bearer token belongs to."""

    digest = models.CharField(max_length=64, primary_key=True)
    account = models.BigIntegerField()

    objects: ClassVar[models.Manager[Token]] = models.Manager()

    class Meta:
        app_label = "plain"

    def __str__(self) -> str:
        return str(self.account)


class Member(models.Model):
    """An account in a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    account = models.BigIntegerField()
    muted_until = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Member]] = models.Manager()

    class Meta:
        app_label = "plain"
        constraints = [models.UniqueConstraint(fields=["conversation", "account"], name="plain_member_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Message(models.Model):
    """What a member sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    seq = models.BigIntegerField()
    member = models.ForeignKey(Member, on_delete=models.CASCADE)
    client_id = models.UUIDField()
    body = models.TextField()
    sent_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Message]] = models.Manager()

    class Meta:
        app_label = "plain"
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="plain_message_place"),
            models.UniqueConstraint(fields=["member", "client_id"], name="plain_message_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
