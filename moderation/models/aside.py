"""What is done beside a case for a life: who somebody is, for who handles it; a little of it, for an authority."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Role
from moderation.models.decision import Decision
from moderation.models.report import Report


class Aside(models.Model):
    """What such a decision is beside the others. It ends no case, and the person concerned is told when it is safe.

    `report`: it is about who made that, else about who the case is about; `account_hash` finds it for them, as in
    `ReportSource`. `items`: what an authority is told, chosen one by one: ids of evidence, keys of facts. Sealed to the
    case: `said` is why, and for an authority which, its reference and the law; `extract` is what it is told.
    """

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, primary_key=True, related_name="aside")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, related_name="+")
    account_hash = models.BinaryField(max_length=32, null=True, db_index=True)
    items = models.JSONField(default=dict)
    said = models.BinaryField()
    held_h = models.PositiveSmallIntegerField(default=0)  # hours that two people do not tell it for
    tell_at = models.DateTimeField(null=True)  # at the latest; null: not in force yet, or told
    told_at = models.DateTimeField(null=True)
    extract = models.BinaryField(null=True)
    exported_at = models.DateTimeField(null=True)
    exported_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["tell_at"], condition=Q(tell_at__isnull=False), name="aside_to_tell")]

    def __str__(self) -> str:
        return f"aside {self.decision_id}"


class LongerHold(models.Model):
    """One person asks that somebody is told later, and says why; it is so once another agrees."""

    aside = models.ForeignKey(Aside, on_delete=models.CASCADE, related_name="longer")
    by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    second_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    why = models.BinaryField()  # sealed to the case
    until = models.DateTimeField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["aside"], condition=Q(answered_at=None), name="one_open_longer_hold")
        ]

    def __str__(self) -> str:
        return f"longer hold of {self.aside_id}"
