"""The safety plan: the member's own words for bad days, sealed to them."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models import Account
from backend.core.sealing import seal


class SafetyPlan(models.Model):
    """What helps, whom to call, whom not. Nobody sees it but with whom it is shared."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed = models.BinaryField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"safety plan v{self.version}"

    @property
    def aad(self) -> bytes:
        """Where it belongs."""
        return seal.aad("safety_plan", self.account_id, "sealed", self.version)
