"""A member's plan of check-ins: how often, when, about what. It has no end; only the member stops it."""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.sealing import seal
from peers.checkins.cadence import PRESETS, Rhythm, Window


class Plan(models.Model):
    """One for each account that wants to be asked.

    `anchor` is the day the series begins, `series` how often it began anew, `unanswered` how many in a row had no
    answer: after two it is asked less often. `seed` fixes the jitter. What is due of the plan itself has its time here.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    preset = models.CharField(max_length=10, choices=[(preset, preset) for preset in PRESETS])
    every_days = models.PositiveSmallIntegerField(default=0)
    days = ArrayField(models.PositiveSmallIntegerField())
    first_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()
    quiet_first = models.PositiveSmallIntegerField(null=True)
    quiet_end = models.PositiveSmallIntegerField(null=True)
    zone = models.CharField(max_length=64)
    domains = ArrayField(models.CharField(max_length=20), default=list)
    reminders = models.BooleanField(default=True)
    seed = models.BinaryField(max_length=16)
    anchor = models.DateField()
    series = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveSmallIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField()
    caring_due = models.DateTimeField(null=True)
    caring_sent = models.PositiveIntegerField(default=0)
    way_back_months = models.PositiveSmallIntegerField(null=True)
    way_back_to = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="+")
    way_back_words = models.BinaryField(null=True)  # sealed to the member
    way_back_due = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match

    class Meta:
        indexes = [
            models.Index(fields=["caring_due"], condition=Q(caring_due__isnull=False), name="plans_caring_due"),
            models.Index(fields=["way_back_due"], condition=Q(way_back_due__isnull=False), name="plans_way_back_due"),
        ]

    def __str__(self) -> str:
        return f"plan {self.preset}"

    @property
    def window(self) -> Window:
        """When the member may be asked."""
        quiet = None if self.quiet_first is None or self.quiet_end is None else (self.quiet_first, self.quiet_end)
        return Window(days=frozenset(self.days), first=self.first_minute, end=self.end_minute, quiet=quiet)

    @property
    def rhythm(self) -> Rhythm:
        """The plan as far as time is concerned."""
        return Rhythm(
            preset=self.preset,
            window=self.window,
            zone=ZoneInfo(self.zone),
            seed=bytes(self.seed),
            every_days=self.every_days,
        )

    @property
    def way_back_aad(self) -> bytes:
        """Where the words of the way back belong."""
        return seal.aad("plan", self.account_id, "way_back_words", 1)

    def is_paused(self, *, at: datetime) -> bool:
        """Whether nobody is asked now."""
        return self.stopped_at is not None or (self.paused_until is not None and self.paused_until > at)


class CaringMessage(models.Model):
    """A short text that asked nothing. `signed_by`: the contact person then, if they had confirmed the text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    text_key = models.CharField(max_length=20)
    signed_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "-sent_at", "-id"], name="caring_newest")]

    def __str__(self) -> str:
        return self.text_key


class CaringSignature(models.Model):
    """A peer expert has read a text that asks nothing, and puts their name under it for those they are beside."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    text_key = models.CharField(max_length=20)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "text_key"], name="caring_signed_once")]

    def __str__(self) -> str:
        return self.text_key


class WayBack(models.Model):
    """After the silence that the member chose, their organisation is asked to greet them, in the member's own words."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    greeted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # the member was heard of, or took it back

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(ended_at=None), name="one_way_back_at_a_time")
        ]
        indexes = [
            models.Index(
                fields=["organisation", "asked_at"],
                condition=Q(greeted_at=None, ended_at=None),
                name="way_back_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"way back {self.asked_at:%Y-%m}"
