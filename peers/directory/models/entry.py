"""Entries of the public directory: organisations and what they offer. Nothing here is about a person."""

from __future__ import annotations

import uuid
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Organisation
from peers.directory.vocabulary import GENERAL, SPECIFIC, WITHOUT_ADDRESS, Kind, Part, Standing


class Edition(models.Model):
    """The directory as a whole: one row, whose number grows with every change. It is what clients' ETags name."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"edition {self.number}"


class Entry(models.Model):
    """An organisation, or an offer of one.

    `texts`: language → {"about", "how"}, in the entry's own words. `contacts`: [{"channel", "value", "note"}].
    `regions`: keys; nothing in it and not `nationwide` means: not known, and `area` says what the source says.
    `kept_by` looks after it; `assured_by` answers for it until `assured_until`. `imported` is the record of another
    system, kept whole for the way back. `answers`: [{"question", "answer", "on"}], in the organisers' words.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.CharField(max_length=20, choices=[(part.value, part.value) for part in Part])
    of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="offers")
    name = models.CharField(max_length=120)
    texts = models.JSONField(default=dict)
    kinds = ArrayField(models.CharField(max_length=30), default=list)
    domains = ArrayField(models.CharField(max_length=20), default=list)
    directions = ArrayField(models.CharField(max_length=20), default=list)
    stances = ArrayField(models.CharField(max_length=20), default=list)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    regions = ArrayField(models.CharField(max_length=40), default=list)
    nationwide = models.BooleanField(default=False)
    area = models.CharField(max_length=300, blank=True)
    municipality = models.CharField(max_length=80, blank=True)
    rank = models.SmallIntegerField(default=GENERAL)
    contacts = models.JSONField(default=list)
    hours = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=300, blank=True)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    yearly = models.BooleanField(default=False)
    places_free = models.PositiveSmallIntegerField(null=True)
    places_checked_on = models.DateField(null=True)
    kept_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    assured_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    assured_on = models.DateField(null=True)
    assured_until = models.DateField(null=True)
    is_sure = models.BooleanField(default=True)  # whether its source is sure of it
    source = models.CharField(max_length=200, blank=True)
    source_url = models.CharField(max_length=300, blank=True)
    example = models.BooleanField(default=False)  # made up, for showing
    imported = models.JSONField(null=True)
    answers = models.JSONField(default=list)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    taken_out_at = models.DateTimeField(null=True)  # by a decision of who moderates, until that is undone
    taken_out_why = models.BinaryField(null=True)  # told to who looks after it; sealed with the entry's key
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match

    class Meta:
        indexes = [
            models.Index(fields=["rank", "name", "id"], condition=Q(withdrawn_at=None), name="entry_in_order"),
            models.Index(fields=["kept_by", "name", "id"], name="entry_of_keeper"),
            GinIndex(fields=["kinds"], name="entry_kinds"),
            GinIndex(fields=["domains"], name="entry_domains"),
            GinIndex(fields=["languages"], name="entry_languages"),
            GinIndex(fields=["regions"], name="entry_regions"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(part=Part.OFFER, of__isnull=False) | Q(part=Part.ORGANISATION, of=None),
                name="offer_is_of_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(kinds__overlap=[kind.value for kind in WITHOUT_ADDRESS]) | Q(address=""),
                name="safe_home_has_no_address",
            ),
            models.CheckConstraint(
                condition=~Q(kinds__overlap=[Kind.HOUSING_URGENCY.value]) | ~Q(municipality=""),
                name="urgency_is_of_a_municipality",
            ),
            models.CheckConstraint(
                condition=~Q(kinds__overlap=[Kind.AGENDA.value]) | Q(begins_at__isnull=False, ends_at__isnull=False),
                name="agenda_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(assured_by=None, assured_on=None, assured_until=None)
                | Q(assured_by__isnull=False, assured_on__isnull=False, assured_until__isnull=False),
                name="assured_by_somebody_until",
            ),
            models.CheckConstraint(
                condition=Q(places_free=None, places_checked_on=None)
                | Q(places_free__isnull=False, places_checked_on__isnull=False),
                name="places_have_their_day",
            ),
            models.CheckConstraint(condition=Q(rank__in=[SPECIFIC, GENERAL]), name="entry_rank_known"),
            models.CheckConstraint(
                condition=Q(taken_out_at=None) | Q(withdrawn_at__isnull=False), name="taken_out_is_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} v{self.version}"

    @property
    def is_specific(self) -> bool:
        """Whether it is made for people who do or did sex work."""
        return self.rank == SPECIFIC

    def standing(self, *, on: date) -> Standing:
        """How far it may be relied on that day."""
        if self.assured_until is not None:
            return Standing.ASSURED if self.assured_until >= on else Standing.LAPSED
        return Standing.UNASSURED if self.is_sure else Standing.UNCONFIRMED
