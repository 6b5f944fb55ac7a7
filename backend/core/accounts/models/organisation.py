"""Organisations: they vouch for members, vet peer experts, and look after who is somebody's contact person."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.accounts.models.region import Region


class Organisation(models.Model):
    """An organisation that takes part: not open yet, active, closed.

    While it is active, `coordinator` and `deputy` are running coordinator roles of it, of two accounts: a constraint
    trigger holds this at every commit (migration 0005).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    regions = models.ManyToManyField(Region, related_name="organisations", blank=True)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    kinds = ArrayField(models.CharField(max_length=20), default=list)  # of support, `backend.core.vocabulary.Support`
    coordinator = models.ForeignKey("accounts.Role", on_delete=models.PROTECT, related_name="+", null=True)
    deputy = models.ForeignKey("accounts.Role", on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether somebody can turn to it."""
        return self.opened_at is not None and self.closed_at is None
