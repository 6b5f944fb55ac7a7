"""What an organisation looks at before it vouches for a peer expert."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.core.accounts.models import Organisation

MAX_ITEMS = 30
MAX_ITEM = 200  # characters


class Checklist(models.Model):
    """One version of an organisation's checklist; never changed, only followed by the next."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="checklists")
    version = models.PositiveIntegerField()
    items = ArrayField(models.CharField(max_length=MAX_ITEM), size=MAX_ITEMS)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "version"], name="checklist_version_once")]

    def __str__(self) -> str:
        return f"checklist v{self.version}"
