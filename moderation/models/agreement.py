"""Which version of the rules somebody has read and agreed to."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models import Account


class Agreement(models.Model):
    """The version agreed to last."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.CharField(max_length=10)
    agreed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.version
