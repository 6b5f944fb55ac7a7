"""Check-ins: one row each, made one ahead, resolved once. And what the member shares of an answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.sealing import seal
from backend.core.states import States
from peers.checkins.models.plan import Plan

STATES = States(
    start="planned",
    moves={
        "planned": ("open", "stopped"),
        "open": ("answered", "snoozed", "lapsed", "paused", "stopped"),
        "snoozed": ("open", "answered", "lapsed", "paused", "stopped"),
        "lapsed": ("answered",),  # late is welcome
        "paused": ("answered",),
        "answered": (),
        "stopped": (),
    },
)
ASKED = ("open", "snoozed")  # it waits for the member
ANSWERABLE = ("open", "snoozed", "lapsed", "paused")


class Checkin(models.Model):
    """One check-in. `due_at` is when the clock does something about it next: opens, reminds, lets it lapse.

    `sealed` is the answer, sealed to the member: nothing of it is anywhere else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="checkins")
    series = models.PositiveIntegerField()
    index = models.PositiveIntegerField()
    nominal = models.DateField()
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    due_at = models.DateTimeField(null=True)
    questions = models.PositiveSmallIntegerField()  # version of the question set
    domains = ArrayField(models.CharField(max_length=20), default=list)
    opened_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    snoozes = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "series", "index"], name="checkin_once"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state="planned"), name="checkin_one_ahead"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state__in=ASKED), name="checkin_one_asked"),
            models.CheckConstraint(
                condition=Q(state__in=("planned", *ASKED), due_at__isnull=False, resolved_at=None)
                | (~Q(state__in=("planned", *ASKED)) & Q(due_at=None, resolved_at__isnull=False)),
                name="checkin_due_or_resolved",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=("planned", "snoozed")), name="checkins_to_open"),
            models.Index(fields=["due_at"], condition=Q(state="open"), name="checkins_to_remind"),
            models.Index(fields=["plan", "-opened_at", "-id"], name="checkins_newest"),
        ]

    def __str__(self) -> str:
        return f"check-in {self.state}"

    @property
    def aad(self) -> bytes:
        """Where the answer belongs."""
        return seal.aad("checkin", self.id, "sealed", 1, self.plan_id)

    def move(self, *, to: str, at: datetime, due_at: datetime | None = None) -> None:
        """Another state, and when the clock looks again; without a time it is resolved."""
        self.state = STATES.move(present=self.state, to=to)
        self.due_at = due_at
        self.resolved_at = None if due_at else at


class Share(models.Model):
    """One answer (`item`: overall or a life domain), or the safety plan (no check-in), for one person, until then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    checkin = models.ForeignKey(Checkin, on_delete=models.CASCADE, null=True, related_name="shares")
    item = models.CharField(max_length=20)
    to = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    shared_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # revoked, or its time was over

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkin", "item", "to"], condition=Q(ended_at=None), name="share_once_each"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(ended_at=None), name="shares_due"),
            models.Index(fields=["to", "-shared_at", "-id"], condition=Q(ended_at=None), name="shares_with"),
            models.Index(fields=["account", "-shared_at", "-id"], name="shares_newest"),
        ]

    def __str__(self) -> str:
        return f"share of {self.item}"
