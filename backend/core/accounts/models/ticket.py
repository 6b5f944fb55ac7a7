"""A ticket: lets one session open one socket within 30 seconds, so that no token is ever in a URL."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models.session import Session


class Ticket(models.Model):
    """Redeemed by `DELETE … RETURNING`; only the SHA-256 is kept."""

    hash = models.BinaryField(primary_key=True, max_length=32)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="tickets")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"ticket until {self.expires_at}"
