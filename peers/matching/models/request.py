"""What a member asks for in somebody beside them; at most one request is open at a time."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Organisation
from backend.core.states import States

STATES = States(
    start="waiting",
    moves={
        "waiting": ("proposed", "withdrawn"),
        "proposed": ("waiting", "met", "lapsed", "withdrawn"),
    },
)
OPEN = ("waiting", "proposed")


class Request(models.Model):
    """A request of a member. `wishes` are sealed for their account and forgotten once it is closed.

    `due_at`: when open proposals lapse; while it waits, when somebody is looked for again. `told_at`: since when the
    coordinators of `organisation` are asked to look, too. `seed` decides ties, and is kept to explain them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    wishes = models.BinaryField(null=True)
    seed = models.BinaryField(max_length=16)
    state = models.CharField(max_length=12, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(state__in=OPEN), name="one_match_request"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="match_request_due"),
            models.Index(fields=["member", "asked_at"], name="match_request_of_member"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="match_request_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    def move(self, *, to: str) -> None:
        """Into the next state, if it leads there."""
        self.state = STATES.move(present=self.state, to=to)
