"""Invites, who vouched for whom, and whose invites rest until somebody has looked."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from backend.core.accounts.models.account import Account
from backend.core.accounts.models.role import Role
from backend.core.sealing import seal


class Invite(models.Model):
    """Opens the way for one person, once. Nothing in it tells who used it, and the day only its inviter can read."""

    class Kind(models.TextChoices):
        MEMBER = "member"
        PEER_EXPERT = "peer_expert"
        COORDINATOR = "coordinator"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inviter = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invites")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")  # in which they invite
    kind = models.CharField(max_length=20, choices=Kind)
    code_hash = models.BinaryField(max_length=32, unique=True)  # HMAC-SHA256(pepper, normalised code)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    withdrawn_at = models.DateTimeField(null=True)
    used_on = models.BinaryField(null=True)  # a day, sealed for the inviter

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def used_aad(self) -> bytes:
        """Where the day belongs."""
        return seal.aad("invite", self.id, "used_on", 1, self.inviter_id)

    def state(self, *, at: datetime) -> str:
        """open, used, withdrawn or expired."""
        if self.used_on is not None:
            return "used"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if self.expires_at > at else "expired"


class Vouch(models.Model):
    """Somebody was invited. By whom is sealed for them, and gone after a year; that they were stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="vouches")
    inviter = models.BinaryField(null=True)  # 16 bytes, the account, sealed
    forget_on = models.DateField()  # the first of a month: no day to lay beside another table

    class Meta:
        indexes = [models.Index(fields=["forget_on"], condition=Q(inviter__isnull=False), name="vouch_to_forget")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def inviter_aad(self) -> bytes:
        """Where the inviter's id belongs."""
        return seal.aad("vouch", self.id, "inviter", 1, self.account_id)


class InvitePause(models.Model):
    """Somebody's invites rest until a coordinator has talked with them. Not because of whom."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inviter = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invite_pauses")
    paused_on = models.DateField()
    asked = models.PositiveSmallIntegerField(default=1)  # how many wish it; once nobody does any more it is over
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inviter"], condition=Q(reviewed_at=None), name="invites_paused_once")
        ]

    def __str__(self) -> str:
        return str(self.id)
