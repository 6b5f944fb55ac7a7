"""Searches that found nothing, counted; never who searched, when in the month, or how often one did."""

from __future__ import annotations

from django.db import models


class Gap(models.Model):
    """One cell: a month and what was looked for. Empty: nothing was said about it."""

    month = models.DateField()  # its first day
    region = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True)
    domain = models.CharField(max_length=20, blank=True)
    searches = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "region", "language", "domain"], name="gap_is_one_cell")
        ]

    def __str__(self) -> str:
        return f"gap {self.month}"
