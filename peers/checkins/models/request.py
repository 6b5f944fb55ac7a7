"""A wish for contact: asked of one person after the other, until somebody takes it or there is nobody left."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.states import States

STATES = States(
    start="waiting",
    moves={
        "waiting": ("acknowledged", "closed", "unanswered", "withdrawn"),
        "acknowledged": ("closed", "waiting", "withdrawn"),
        "unanswered": ("withdrawn",),
        "withdrawn": (),
        "closed": (),
    },
)
OPEN = ("waiting", "acknowledged", "unanswered")


class ContactRequest(models.Model):
    """It tells that somebody would like contact, and nothing of any answer. `respond_by` is the promised time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, choices=STATES.choices, default=STATES.start)
    part = models.CharField(max_length=12)  # primary, backup, coordinator: whose turn it is
    holder = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    respond_by = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=("waiting", "acknowledged")), name="one_request_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", respond_by__isnull=False, holder__isnull=False)
                | (~Q(state="waiting") & Q(respond_by=None)),
                name="request_waits_for_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["respond_by"], condition=Q(state="waiting"), name="requests_due"),
            models.Index(fields=["holder", "asked_at"], condition=Q(state__in=OPEN), name="requests_of_holder"),
            models.Index(fields=["account", "-asked_at", "-id"], name="requests_newest"),
        ]

    def __str__(self) -> str:
        return f"request {self.state}"


class RequestStep(models.Model):
    """Whose turn it was, and since when: the member sees each."""

    request = models.ForeignKey(ContactRequest, on_delete=models.CASCADE, related_name="steps")
    part = models.CharField(max_length=12)
    role = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.part
