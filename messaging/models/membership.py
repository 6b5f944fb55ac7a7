"""Memberships: one alias and avatar each, so that nobody can tell that two of them are the same person's."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.states import States
from messaging.models.conversation import Conversation

STATES = States(start="active", moves={"active": ("left", "removed"), "removed": ("active",)})


class Membership(models.Model):
    """One person's time in one conversation; coming back makes a new one.

    The member sees the seqs from `visible_from` up to and with `visible_to` (null: no end). `dormant` is what
    others are shown while the whole account cannot be used; it follows at `show_due_at`, a random time of its own
    within 24 h.
    """

    class Part(models.TextChoices):
        LEAD = "lead"  # the peer expert who runs the group, or is talked with
        MEMBER = "member"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="memberships")
    erased_at = models.DateTimeField(null=True)  # whose account was erased: no account, no name, no words
    alias = models.CharField(max_length=32)
    alias_key = models.CharField(max_length=64)  # made from text.fold(alias): look-alikes are equal
    avatar_key = models.CharField(max_length=32)
    part = models.CharField(max_length=8, choices=Part, default=Part.MEMBER)
    peer = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")  # known by it, in that role
    state = models.CharField(max_length=8, choices=STATES.choices, default=STATES.start)
    dormant = models.BooleanField(default=False)
    show_due_at = models.DateTimeField(null=True)
    visible_from = models.BigIntegerField(default=0)
    visible_to = models.BigIntegerField(null=True)
    muted_until = models.DateTimeField(null=True)  # by a lead: cannot send
    quiet_until = models.DateTimeField(null=True)  # by the member: does not notify
    read_seq = models.BigIntegerField(default=0)
    passed = models.PositiveSmallIntegerField(default=0)  # first messages that somebody has looked at; see hold_first

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "account"], condition=Q(state="active"), name="membership_once_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["conversation", "alias_key"], condition=Q(state="active"), name="alias_once_in_a_conversation"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "conversation"], name="membership_of_account"),
            models.Index(fields=["show_due_at"], condition=Q(show_due_at__isnull=False), name="membership_show_due"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.id}"

    @property
    def person(self) -> Account | None:
        """Whose it is; None once they have erased their account, even while this place does not show it yet."""
        return self.account if self.account is not None and self.account.erased_at is None else None

    @property
    def read_to(self) -> int:
        """Up to where nothing is unread: what was said before they came is not."""
        return max(self.read_seq, self.visible_from - 1)


class SlowMode(models.Model):
    """When a membership may send again. Apart from it, because this is written under the lock of the stream's head."""

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="slow_mode"
    )
    next_send_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.membership_id)
