"""The roster: who of an organisation is on duty from when until when, and who stands in."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from backend.core.accounts.models.organisation import Organisation
from backend.core.accounts.models.role import Role


class Duty(models.Model):
    """One duty. Two of one organisation and one kind of role do not overlap; `actions.duties` holds it.

    It is here and not with the coordinators' pages, because moderation pages whoever is on duty too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="duties")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    reserve = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "ends_at"], name="duty_of_organisation")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="duty_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"duty {self.id}"
