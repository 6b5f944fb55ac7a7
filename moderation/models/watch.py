"""Until when somebody must have taken a case, and who is called if nobody has."""

from __future__ import annotations

from django.db import models

from moderation.models.case import Case

STEPS = ("duty", "reserves", "partners", "overdue")  # each calls more people than the one before


class Watch(models.Model):
    """One for each case that waits: when it is looked at next, and whom that calls. Nothing of the case is in it."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="watch")
    step = models.CharField(max_length=10, choices=[(step, step) for step in STEPS])
    due_at = models.DateTimeField(db_index=True)
    escalated_at = models.DateTimeField(null=True)  # promised, and nobody has looked

    def __str__(self) -> str:
        return f"{self.step} {self.case_id}"
