"""A warm referral: chosen lines from a member to one organisation, until it is accepted, taken back or lapses."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.states import States

STATES = States(
    start="waiting",
    moves={
        "waiting": ("accepted", "returned", "lapsed", "withdrawn"),
        "accepted": ("over", "withdrawn"),
        "returned": (),
        "lapsed": (),
        "withdrawn": (),
        "over": (),
    },
)
OPEN = ("waiting", "accepted")


class Referral(models.Model):
    """One receiver, one expiry. While it waits the sender stays responsible.

    `sent` is what the receiver reads, sealed to the referral's own key pair: it goes, and the key with it, as soon as
    the referral ends. `kept` is the same for the member, sealed to them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    sent = models.BinaryField(null=True)
    kept = models.BinaryField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_by = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    person = models.BinaryField(null=True)  # whom the organisation names, sealed for the account
    first_on = models.DateField(null=True)  # the first date with them
    ended_at = models.DateTimeField(null=True)
    shredded_at = models.DateTimeField(null=True)  # the key pair is destroyed

    class Meta:
        indexes = [
            models.Index(fields=["account", "-sent_at", "-id"], name="referrals_newest"),
            models.Index(fields=["organisation", "sent_at", "id"], condition=Q(state__in=OPEN), name="referrals_open"),
            models.Index(fields=["expires_at"], condition=Q(state__in=OPEN), name="referrals_due"),
            models.Index(
                fields=["ended_at"], condition=Q(shredded_at=None, ended_at__isnull=False), name="referrals_to_shred"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at=None, sent__isnull=False)
                | (~Q(state__in=OPEN) & Q(ended_at__isnull=False, sent=None)),
                name="referral_readable_while_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted")
                | Q(person__isnull=False, first_on__isnull=False, answered_at__isnull=False),
                name="referral_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"referral {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether the receiver can read it."""
        return self.state in OPEN

    def accept(self, *, role: Role, person: bytes, first_on: date, at: datetime) -> None:
        """Somebody is named and has a date: the receiver is responsible from now on."""
        self.state = STATES.move(present=self.state, to="accepted")
        self.answered_by, self.answered_at, self.person, self.first_on = role, at, person, first_on

    def end(self, *, to: str, at: datetime) -> None:
        """Nobody but the member reads it from now on."""
        self.state = STATES.move(present=self.state, to=to)
        self.ended_at, self.sent = at, None
