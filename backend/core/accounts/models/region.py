"""Regions: the area that a centrumgemeente serves; coarse on purpose."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Region(models.Model):
    """A region, by its stable key such as `den-haag`."""

    key = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    serves = ArrayField(models.CharField(max_length=80), default=list)
    status = models.CharField(max_length=20)  # how well the source confirms it
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
