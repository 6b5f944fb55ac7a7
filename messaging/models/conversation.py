"""Conversations: a group, a direct talk of a member and a peer expert, an introduction of three.

The id is also its stream's.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Region, Role


class Conversation(models.Model):
    """A place where people talk; `closed_at` ends it for good."""

    class Kind(models.TextChoices):
        GROUP = "group"
        DIRECT = "direct"
        INTRODUCTION = "introduction"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Group(models.Model):
    """What a group is about and how it runs; made and kept by a peer expert."""

    class Pause(models.TextChoices):
        LEADS_AWAY = "leads_away"  # all of them
        UNWATCHED = "unwatched"  # nobody who leads is there at this hour, and nobody on duty can look

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, primary_key=True, related_name="group")
    title = models.CharField(max_length=80)
    about = models.CharField(max_length=1000, blank=True)
    rules = models.CharField(max_length=4000, blank=True)
    asks = models.CharField(max_length=300, blank=True)  # a question to whoever asks to join
    languages = ArrayField(models.CharField(max_length=10), default=list)
    domains = ArrayField(models.CharField(max_length=20), default=list)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, related_name="+")
    slow_mode_s = models.PositiveIntegerField(default=0)  # seconds between two messages of one member
    opening_hours = models.JSONField(null=True)  # see messaging.hours; null: always open
    earlier_from_seq = models.BigIntegerField(null=True)  # newcomers see from here; null: from when they came
    closes_at = models.DateTimeField(null=True)  # announced while nobody leads it
    hold_first = models.PositiveSmallIntegerField(default=0)  # so many messages of a newcomer wait for a person
    hold_words = models.BooleanField(default=False)  # so does what messaging.holding finds something in
    paused_at = models.DateTimeField(null=True)  # since when nobody but who leads can post
    paused_why = models.CharField(max_length=12, choices=Pause, blank=True)
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match

    class Meta:
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(closes_at__isnull=False), name="group_closes"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_why="") | Q(paused_at__isnull=False, paused_why__gt=""),
                name="paused_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def premoderation(self) -> dict[str, Any]:
        """What waits for a person before it is posted."""
        return {"first_messages": self.hold_first, "words": self.hold_words}

    @premoderation.setter
    def premoderation(self, wanted: Mapping[str, Any]) -> None:
        self.hold_first, self.hold_words = wanted["first_messages"], wanted["words"]


class DirectTalk(models.Model):
    """Who a direct talk is between: at most one open talk for a member and a peer expert."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, primary_key=True, related_name="direct")
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    peer = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "peer"], condition=Q(ended_at=None), name="one_direct_talk")
        ]

    def __str__(self) -> str:
        return f"direct {self.conversation_id}"


class Introduction(models.Model):
    """Who an introduction is between: a member, who has been beside them, and who may be from now on."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="introduction"
    )
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    giving = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    receiving = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "receiving"], condition=Q(ended_at=None), name="one_introduction")
        ]

    def __str__(self) -> str:
        return f"introduction {self.conversation_id}"
