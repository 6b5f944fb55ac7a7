"""A peer expert who was proposed to a member."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Role
from backend.core.states import States
from peers.matching.models.request import Request

STATES = States(start="proposed", moves={"proposed": ("accepted", "declined", "lapsed", "passed")})


class Match(models.Model):
    """One proposal. `reasons` are sealed for the member and forgotten with the wishes; who was declined is not.

    `passed`: the member chose somebody else or asked anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="matches")
    peer = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()
    reasons = models.BinaryField(null=True)
    state = models.CharField(max_length=12, choices=STATES.choices, default=STATES.start)
    proposed_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "peer"], condition=Q(state="proposed"), name="proposed_once")
        ]
        indexes = [models.Index(fields=["peer"], condition=Q(state="proposed"), name="match_open_of_peer")]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    def move(self, *, to: str) -> None:
        """Into the next state, if it leads there."""
        self.state = STATES.move(present=self.state, to=to)
