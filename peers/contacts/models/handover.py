"""Handover: one person gives a member into another's care, with three yeses and an introduction."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.sealing import seal
from backend.core.states import States
from messaging.models import Conversation
from peers.contacts.models.contact import Contact

STATES = States(
    start="asked",
    moves={
        "asked": ("introduced", "declined", "refused", "withdrawn", "lapsed", "called_off"),
        "introduced": ("done", "redirected", "declined", "refused", "withdrawn", "lapsed", "called_off"),
    },
)
OPEN = ("asked", "introduced")


class Handover(models.Model):
    """From the holder of a contact to somebody else. Who gives stays responsible until the member confirms it.

    Asking is the yes of who gives; `received_at` and `agreed_at` are those of who receives and of the member. With the
    third the introduction opens. `draft` is a note that who gives proposes: only the member reads it. `note` is what
    the member has written or approved: only then does who receives read it, and only as long as this is open. Both are
    sealed for the member.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="handovers")
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    giving = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+", null=True)
    receiving = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    draft = models.BinaryField(null=True)
    note = models.BinaryField(null=True)
    received_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    introduction = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # it lapses then
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact"], condition=Q(state__in=OPEN), name="one_open_handover"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="handover_due"),
            models.Index(fields=["receiving"], condition=Q(state__in=OPEN), name="handover_to"),
            models.Index(fields=["introduction"], condition=Q(state__in=OPEN), name="handover_introduction"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    def aad(self, column: str) -> bytes:
        """Where a sealed text belongs; moved to another row or column it does not open."""
        return seal.aad("handover", self.id, column, 1, self.member_id)
