"""Consents: separate, versioned, given and withdrawn in one step."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from backend.core.accounts.models.account import Account


class Consent(models.Model):
    """One purpose agreed to in one version of its text; withdrawn, not deleted."""

    class Purpose(models.TextChoices):
        ACCOUNT = "account"
        CHECKINS = "checkins"
        SHARING = "sharing"
        FIGURES = "figures"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "purpose"], condition=Q(withdrawn_at=None), name="consent_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"
