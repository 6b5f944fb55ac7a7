"""What somebody who moderates has met, what they would rather not meet, and that they talked with somebody about it."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models import Role
from moderation.reasons import Reason

REASONS = [(reason.value, reason.value) for reason in Reason]


class Exposure(models.Model):
    """Somebody took a case of this kind; each case once. Which one is not kept beside it for longer than a shift."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    case_id = models.UUIDField()
    reason = models.CharField(max_length=20, choices=REASONS)
    met_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "case_id"], name="met_once")]
        indexes = [models.Index(fields=["role", "met_at"], name="met_by_role")]

    def __str__(self) -> str:
        return f"{self.reason} {self.met_at}"


class Declined(models.Model):
    """A kind of harm that somebody does not want to be given. No reason is asked for, and none is kept."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=20, choices=REASONS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "reason"], name="declined_once")]

    def __str__(self) -> str:
        return self.reason


class Debrief(models.Model):
    """Two people have talked about what one of them met; what it was is nobody's record."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    talked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["role", "-talked_at"], name="debrief_of_role")]

    def __str__(self) -> str:
        return f"debrief {self.talked_at}"
