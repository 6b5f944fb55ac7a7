"""A session: one device's opaque token, of which only the SHA-256 is kept."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from backend.core.accounts.models.account import Account


class Session(models.Model):
    """Signed in on one device until revoked; on a shared device for 12 h."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    token_hash = models.BinaryField(max_length=32, unique=True)
    device_name = models.BinaryField(null=True)  # sealed for the account
    shared_device = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    seen_on = models.DateField()  # a day, not a moment
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="session_expiring")
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_open(self, *, at: datetime) -> bool:
        """Whether the token still signs in."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
