"""Organisations: they vouch for members and vet peer experts."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.accounts.models.region import Region


class Organisation(models.Model):
    """An organisation that takes part."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    regions = models.ManyToManyField(Region, related_name="organisations", blank=True)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
