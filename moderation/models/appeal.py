"""Appeals: the person concerned says that a decision is wrong, and somebody else looks again."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Role
from backend.core.states import States
from moderation.models.decision import Decision

STATES = States(start="open", moves={"open": ("upheld", "rejected")})


class Appeal(models.Model):
    """One appeal. Its words are sealed to the case and for the person; so is the answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="appeals")
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    decided_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision"], condition=Q(state="open"), name="one_open_appeal"),
        ]

    def __str__(self) -> str:
        return f"appeal {self.id}"


class AppealLine(models.Model):
    """What was said in an appeal, by the person or by who looks again."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="lines")
    by_subject = models.BooleanField()
    for_case = models.BinaryField()
    for_subject = models.BinaryField()
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"line of {self.appeal_id}"
