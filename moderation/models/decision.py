"""Decisions: the measures that somebody takes, for a reason that the person is told and can appeal against."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.states import States
from moderation.models.case import Case
from moderation.policy import MEASURES

# `asked`: waits for a second person; `refused`, `lapsed`: never took hold; `undone`: an appeal was upheld.
STATES = States(start="asked", moves={"asked": ("in_force", "refused", "lapsed"), "in_force": ("undone",)})
MEASURE_STATES = States(start="asked", moves={"asked": ("applied", "dropped"), "applied": ("undone", "over")})


class Decision(models.Model):
    """One decision on a case. `facts` are sealed twice: to the case, and for the person concerned.

    `by_lead`: by a peer expert who leads the group, and may do that much there. `tied`: by somebody who is tied to the
    people, for 24 h at the most. `at_once`: for danger to life, before a second person agreed; another reviews it by
    `review_due_at`. Until `others_until` only somebody of another organisation than `by` answers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    subject = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    second_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    rule = models.CharField(max_length=20, blank=True)  # empty: nothing was found to be wrong
    rule_version = models.CharField(max_length=10, blank=True)
    facts_for_case = models.BinaryField(null=True)
    facts_for_subject = models.BinaryField(null=True)
    held_by_report = models.BooleanField(default=False)  # the only automation there is: the first report hid a message
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    tied = models.BooleanField(default=False)
    by_lead = models.BooleanField(default=False)  # of the group, about somebody there
    at_once = models.BooleanField(default=False)
    review_due_at = models.DateTimeField(null=True)
    others_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    lapses_at = models.DateTimeField(null=True)  # if no second person has answered
    in_force_at = models.DateTimeField(null=True)
    appeal_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["lapses_at"], condition=Q(state="asked"), name="decision_to_lapse"),
            models.Index(fields=["review_due_at"], condition=Q(review_due_at__isnull=False), name="decision_to_review"),
            models.Index(fields=["subject", "in_force_at"], name="decision_on_subject"),
        ]

    def __str__(self) -> str:
        return f"decision {self.id}"


class Measure(models.Model):
    """One thing that a decision does. `before` is what undoing brings back."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="measures")
    kind = models.CharField(max_length=16, choices=[(key, key) for key in MEASURES])
    conversation_id = models.UUIDField(null=True)
    seq = models.BigIntegerField(null=True)
    membership_id = models.UUIDField(null=True)
    seconds = models.PositiveIntegerField(null=True)  # of slow mode
    until = models.DateTimeField(null=True)
    before = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=MEASURE_STATES.choices, default=MEASURE_STATES.start)

    class Meta:
        indexes = [
            models.Index(fields=["until"], condition=Q(state="applied", until__isnull=False), name="measure_to_end")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.decision_id}"
