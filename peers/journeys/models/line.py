"""The member's own lines. No row says where somebody stands, how far they are, or that anything is over."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from backend.core.accounts.models import Account


class Line(models.Model):
    """Own words, with the life domain, directions and prompt they are about: all of it sealed to the member."""

    KIND: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.KIND} v{self.version}"


class Entry(Line):
    """A line of the journey, on the day it was written."""

    KIND = "journey_entry"

    class Meta:
        indexes = [models.Index(fields=["account", "-written_at", "-id"], name="journey_newest")]


class Goal(Line):
    """Something the member wants. It stays until they change or remove it; nobody ticks it off."""

    KIND = "goal"

    class Meta:
        indexes = [models.Index(fields=["account", "written_at", "id"], name="goals_in_order")]
