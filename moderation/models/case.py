"""Cases: what reports on the same thing come to, from the first report to a decision."""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.states import States
from messaging.models import Conversation, Membership
from moderation.reasons import Priority, Reason

# `waiting`: a measure that needs a second person was proposed; `second_look`: care, looked at once. A care case opens
# again when the member says something more, or somebody worries anew.
STATES = States(
    start="open",
    moves={
        "open": ("waiting", "second_look", "decided"),
        "waiting": ("open", "decided"),
        "second_look": ("open", "decided"),
        "decided": ("open",),
    },
)
JOINED = ("open", "waiting", "second_look")  # new reports on the same thing join these
# What reporters are told has come of it.
OUTCOMES = ("measure_taken", "nothing_found", "looked_after")


class Case(models.Model):
    """What somebody decides about.

    `about` names the thing that reports join on: one open case for each. Who it is about is `subject`; `membership` is
    how they are known in the place concerned. `priority` and `due_at` come from the gravest reason.
    """

    class Kind(models.TextChoices):
        RULE = "rule"
        CARE = "care"  # no rule, no strike, no statement

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    about = models.CharField(max_length=60)
    reason = models.CharField(max_length=20, choices=[(reason.value, reason.value) for reason in Reason])
    priority = models.CharField(max_length=8, choices=[(key.value, key.value) for key in Priority])
    language = models.CharField(max_length=10)
    subject = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    entry = models.UUIDField(null=True)  # of the directory
    state = models.CharField(max_length=12, choices=STATES.choices, default=STATES.start)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()  # promised: somebody has looked by then
    claimed_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)  # somebody has claimed it for the first time
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=[(key, key) for key in OUTCOMES], blank=True)
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match
    dropped_at = models.DateTimeField(null=True)  # its words went: nobody can appeal any more
    shredded_at = models.DateTimeField(null=True)  # and then its key pair

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about"], condition=Q(state__in=JOINED), name="one_open_case_about_it")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=~Q(state="decided"), name="case_to_look_at"),
            models.Index(fields=["subject"], name="case_of_subject"),
            models.Index(
                fields=["decided_at"], condition=Q(state="decided", shredded_at__isnull=True), name="case_to_drop"
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.id}"

    @property
    def is_of_nobody(self) -> bool:
        """Whether the person it is about has erased their account."""
        return self.subject_id is None and self.membership_id is not None

    @property
    def named_peer(self) -> UUID | None:
        """The peer id by which somebody was reported, if it was not in a place."""
        _, _, named = self.about.partition(":peer:")
        return UUID(named) if named else None

    def holder(self, *, at: datetime) -> Role | None:
        """Who has claimed it, and whose claim is not over."""
        return self.claimed_by if self.claimed_until is not None and self.claimed_until > at else None


class CaseNote(models.Model):
    """A note of who handles the case, about the case; sealed to it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    body = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note on {self.case_id}"


class CaseHold(models.Model):
    """A message that the first report hid, until a person has looked."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="holds")
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation_id", "seq"], name="held_once")]

    def __str__(self) -> str:
        return f"hold of {self.case_id}"
