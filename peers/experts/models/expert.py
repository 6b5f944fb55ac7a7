"""Peer experts: what they offer as such, how many people they are there for, and until when they are vetted."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Region, Role

CASELOAD = 5  # people that somebody is there for, until their coordinator says another number
MOST_CASELOAD = 30


class Expert(models.Model):
    """One for each role of a peer expert, made with it. Alias, avatar and organisation are the role's.

    `said` is sealed for the account: what they say about themselves, their gender and backgrounds.
    """

    role = models.OneToOneField(Role, on_delete=models.CASCADE, primary_key=True, related_name="expert")
    languages = ArrayField(models.CharField(max_length=10), default=list)
    domains = ArrayField(models.CharField(max_length=20), default=list)
    directions = ArrayField(models.CharField(max_length=20), default=list)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, related_name="+")
    said = models.BinaryField(null=True)
    office_hours = models.JSONField(null=True)  # see messaging.hours; null: nothing said
    away_until = models.DateTimeField(null=True)
    taking_new = models.BooleanField(default=True)
    caseload_limit = models.PositiveSmallIntegerField(default=CASELOAD)  # set by the coordinator
    vetted_until = models.DateTimeField(null=True)  # of the last vetting that two people signed
    paused_at = models.DateTimeField(null=True)  # by a coordinator: no new matches
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(caseload_limit__lte=MOST_CASELOAD), name="caseload_limit_is_bounded")
        ]
        indexes = [models.Index(fields=["vetted_until"], name="expert_vetted_until")]

    def __str__(self) -> str:
        return f"expert {self.role_id}"

    def is_vetted(self, *, at: datetime) -> bool:
        """Whether two people have signed for them, less than a year ago."""
        return self.vetted_until is not None and self.vetted_until > at

    def is_away(self, *, at: datetime) -> bool:
        """Whether they said that they are away now."""
        return self.away_until is not None and self.away_until > at
