"""Roles. Everybody is a member; a role is given on top, and ends without touching what the person is as a member."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models.account import Account
from backend.core.accounts.models.organisation import Organisation


class Role(models.Model):
    """A role of an account.

    The id of a peer expert's or a coordinator's role is their peer id: how they are known in that role, everywhere.
    """

    class Kind(models.TextChoices):
        PEER_EXPERT = "peer_expert"
        MODERATOR = "moderator"
        COORDINATOR = "coordinator"
        SECOND_APPROVER = "second_approver"  # agrees to what one moderator may not decide alone
        AUDITOR = "auditor"  # reads the audit, and no content

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="roles", null=True)
    alias = models.CharField(max_length=32, blank=True)  # what they are called in that role
    avatar_key = models.CharField(max_length=32, blank=True)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind"], condition=Q(ended_at=None), name="role_once_at_a_time"),
            models.CheckConstraint(
                condition=~Q(kind__in=["peer_expert", "coordinator"]) | ~(Q(alias="") | Q(avatar_key="")),
                name="role_has_alias",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
