"""The ledger of what is erased, and what others still see of it until its own time has come."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.states import States

# `grace`: can be taken back until `due_at`; `erasing`: begun, and never taken back.
STATES = States(start="grace", moves={"grace": ("erasing",), "erasing": ("done",)})


class Erasure(models.Model):
    """One account that is erased. Nothing of a person is in it: an id that nothing else has, once it is done.

    No foreign key: the row is there before the account goes, and after. It is also kept outside (`outside.py`), because
    a backup from before would bring the account back.
    """

    account = models.UUIDField(primary_key=True, editable=False)
    state = models.CharField(max_length=8, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # in grace: it begins then; begun: all of it is gone by then
    begun_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)  # the worker goes on with it then
    kept_at = models.DateTimeField(null=True)  # written outside
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="erasure_next")]

    def __str__(self) -> str:
        return f"{self.state} {self.asked_at}"


class Piece(models.Model):
    """Something of the account that others see, such as one membership. It goes at a random time of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="pieces")
    part = models.CharField(max_length=30)  # of the registry
    ref = models.UUIDField()
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "ref"], name="piece_once")]

    def __str__(self) -> str:
        return f"{self.part} at {self.due_at}"
