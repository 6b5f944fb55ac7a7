"""Admission: someone asks to join a group, and a person decides."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account
from backend.core.states import States
from messaging.models.conversation import Group

STATES = States(start="asked", moves={"asked": ("accepted", "declined", "withdrawn")})


class AdmissionRequest(models.Model):
    """A request to join.

    The asker chose an alias for this group; `answer` (to the group's question) is sealed for the group.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="admission_requests")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="admission_requests")
    alias = models.CharField(max_length=32)
    avatar_key = models.CharField(max_length=32)
    answer = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "account"], condition=Q(state="asked"), name="one_open_request")
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"
