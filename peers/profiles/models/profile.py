"""A member's own profile. Every field is optional, and nobody finds a member by it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.accounts.models import Account, Region


class Profile(models.Model):
    """What a member chooses to say about themselves; `about` is sealed for the account."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    alias = models.CharField(max_length=32, blank=True)
    avatar_key = models.CharField(max_length=32, blank=True)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    domains = ArrayField(models.CharField(max_length=20), default=list)
    directions = ArrayField(models.CharField(max_length=20), default=list)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, related_name="+")
    about = models.BinaryField(null=True)
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match

    def __str__(self) -> str:
        return f"profile v{self.version}"
