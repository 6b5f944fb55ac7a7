"""Reports: what somebody said is wrong. Who said it is kept apart; neither the handler nor the reported learns it."""

from __future__ import annotations

import uuid

from django.db import models

from moderation.models.case import Case
from moderation.reasons import Reason


class Report(models.Model):
    """One person's report, or a notice by somebody without an account. What it says of its target is the case's."""

    class Target(models.TextChoices):
        MESSAGE = "message"
        MEMBERSHIP = "membership"
        ENTRY = "entry"  # of the directory
        PEER = "peer"  # somebody who is proposed or beside them, and was met in no conversation
        NOTICE = "notice"  # described in words, by somebody outside

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    target = models.CharField(max_length=12, choices=Target)
    seq = models.BigIntegerField(null=True)  # of the message, in the case's conversation
    reason = models.CharField(max_length=20, choices=[(reason.value, reason.value) for reason in Reason])
    note = models.BinaryField(null=True)  # sealed to the case
    may_contact = models.BooleanField(default=False)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "received_at"], name="report_of_case")]

    def __str__(self) -> str:
        return f"report {self.id}"


class ReportSource(models.Model):
    """Who made a report: found by a keyed hash of the account, told by a sealed value; the database shows neither."""

    report = models.OneToOneField(Report, on_delete=models.CASCADE, primary_key=True, related_name="source")
    account_hash = models.BinaryField(max_length=32, db_index=True)
    account = models.BinaryField()  # sealed with a key derived from the keyring
    keyring_version = models.SmallIntegerField()

    def __str__(self) -> str:
        return f"source of {self.report_id}"


class ReportLine(models.Model):
    """A question to the reporter or their answer: sealed to the case, and once more for the reporter alone."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="lines")
    by_reporter = models.BooleanField()
    for_case = models.BinaryField()
    for_reporter = models.BinaryField()
    said_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["report", "said_at"], name="line_of_report")]

    def __str__(self) -> str:
        return f"line of {self.report_id}"
