"""Admission: someone asks to join a group, and a person decides."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.sealing import seal
from backend.core.states import States
from messaging.models.conversation import Group

STATES = States(start="asked", moves={"asked": ("accepted", "declined", "withdrawn")})


class AdmissionRequest(models.Model):
    """A request to join.

    The asker chose an alias for this group, or comes as the peer expert they are. `answer` (to the group's question)
    is sealed for the group, and gone once somebody has decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="admission_requests")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="admission_requests")
    alias = models.CharField(max_length=32)
    alias_key = models.CharField(max_length=64)  # as in a membership
    avatar_key = models.CharField(max_length=32)
    peer = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    answer = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "account"], condition=Q(state="asked"), name="one_open_request"),
            models.UniqueConstraint(
                fields=["group", "alias_key"], condition=Q(state="asked"), name="alias_once_among_open_requests"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    @property
    def answer_aad(self) -> bytes:
        """Where the answer belongs; moved to another request it does not open."""
        return seal.aad("admission_request", self.id, "answer", 1, self.group_id)
