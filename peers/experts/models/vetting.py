"""Vetting: two people look at a checklist and sign that all of it holds for a peer expert; it is good for a year."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Organisation, Role
from backend.core.states import States
from peers.experts.models.checklist import Checklist
from peers.experts.models.expert import Expert

STATES = States(start="asked", moves={"asked": ("signed_once", "dropped"), "signed_once": ("valid", "dropped")})
RUNNING = ("asked", "signed_once")


class Vetting(models.Model):
    """One look at one peer expert. `partner`: the organisation that may sign as the other one of the two.

    That the two are different people, and neither is the peer expert, is held by a trigger (migration 0002).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="vettings")
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    first_by = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, related_name="+")
    first_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["expert"], condition=Q(state__in=RUNNING), name="one_vetting_at_a_time"),
            models.CheckConstraint(
                condition=~Q(state="valid")
                | Q(first_at__isnull=False, second_at__isnull=False, valid_until__isnull=False),
                name="valid_is_signed_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"vetting {self.id}"

    def move(self, *, to: str) -> None:
        """Into the next state, if it leads there."""
        self.state = STATES.move(present=self.state, to=to)
