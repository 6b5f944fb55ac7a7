"""A file that a member asked for with their access code, and its pieces, each sealed to the member."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account
from backend.core.sealing import seal
from backend.core.states import States

STATES = States(start="asked", moves={"asked": ("ready", "failed")})


class Export(models.Model):
    """Asked for: the row is what lets the worker read on the member's behalf, and only as long as it is `asked`.

    `place` is how far the making has come: `{part, after, rows}`; empty: nothing is written yet. `due_at` is when the
    worker goes on, or, once it is ready or failed, when it is dropped.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    place = models.JSONField(default=dict)
    pieces_made = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)  # bytes of the file
    tries = models.PositiveSmallIntegerField(default=0)  # that failed since it last went on
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(state="asked"), name="one_export_at_a_time"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="asked"), name="export_to_make"),
            models.Index(fields=["due_at"], condition=~Q(state="asked"), name="export_to_drop"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    def move(self, *, to: str, due_at: datetime) -> None:
        """Into the next state, if it leads there."""
        self.state, self.due_at = STATES.move(present=self.state, to=to), due_at


class Piece(models.Model):
    """A bounded part of the file's bytes, sealed to the member's key pair."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="export_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.number}"


def piece_place(*, export: Export, number: int) -> bytes:
    """Where a piece belongs; in another file, or at another place of it, it does not open."""
    return seal.aad("export", export.id, "piece", number, export.account_id)
