"""A member's wish for another contact person."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.sealing import seal
from backend.core.states import States

STATES = States(start="open", moves={"open": ("met", "withdrawn")})


class Change(models.Model):
    """Asked for at any time; open until somebody else is the contact person.

    `reason` is sealed for the member, and gone once the wish is met. `about` is whom the member had then: that person
    is never shown it, whatever else they may be later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    about = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.BinaryField(null=True)
    state = models.CharField(max_length=9, choices=STATES.choices, default=STATES.start)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(state="open"), name="one_open_change"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

    @property
    def reason_aad(self) -> bytes:
        """Where the reason belongs; moved to another row it does not open."""
        return seal.aad("contact_change", self.id, "reason", 1, self.member_id)
