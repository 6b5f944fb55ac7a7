"""Helplines: always in the same order, the police last."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models

from peers.directory.vocabulary import Line, Standing

CONFIRMED_FOR = timedelta(days=365)


class Helpline(models.Model):
    """A line by its stable key. `contacts` as in entries; no languages: not known.

    No name: one that is translated (`texts.LINE_NAMES`). No hours and not `always`: not known. `nameless`: no name is
    asked for. `tips`: it takes tips and gives no help. `confirmed_on`: when somebody of this server tried it.
    """

    key = models.SlugField(primary_key=True, max_length=40)
    kind = models.CharField(max_length=20, choices=[(line.value, line.value) for line in Line])
    position = models.SmallIntegerField()  # kinds in their order, and within a kind as in the file
    name = models.CharField(max_length=120, blank=True)
    contacts = models.JSONField(default=list)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    always = models.BooleanField(default=False)
    hours = models.CharField(max_length=300, blank=True)
    free = models.BooleanField(default=False)
    nameless = models.BooleanField(default=False)
    tips = models.BooleanField(default=False)
    is_sure = models.BooleanField(default=False)
    source_url = models.CharField(max_length=300, blank=True)
    confirmed_on = models.DateField(null=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.key

    def standing(self, *, on: date) -> Standing:
        """How far it may be relied on that day; a confirmation is good for a year."""
        if self.confirmed_on is not None:
            return Standing.ASSURED if self.confirmed_on + CONFIRMED_FOR >= on else Standing.LAPSED
        return Standing.UNASSURED if self.is_sure else Standing.UNCONFIRMED
