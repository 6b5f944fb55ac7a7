"""What anybody may send to who keeps an entry, without a name: something is wrong, or a question about a meeting.

Words are sealed with the entry's key. Nothing says who sent them: no account, no network, and only the day.
"""

from __future__ import annotations

import uuid

from django.db import models

from peers.directory.models.entry import Entry
from peers.directory.vocabulary import Trouble


class Problem(models.Model):
    """Somebody says that an entry is wrong."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Trouble])
    note = models.BinaryField(null=True)
    sent_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return self.kind


class Question(models.Model):
    """A question to the organisers of a meeting. Deleted when it is answered, or after its time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="questions")
    body = models.BinaryField()
    sent_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return "question"
