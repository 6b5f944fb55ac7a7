"""What a member wants to be woken for, when not, and by which words."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models import Account


class Notifications(models.Model):
    """Sealed, for a zone and the hours of sleep tell of a person. No row: all as it is at first."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed = models.BinaryField(null=True)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.account_id)
