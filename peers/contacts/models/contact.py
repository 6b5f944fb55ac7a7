"""Who is beside a member: one contact person and a backup, each a person in a role, for as long as the member likes."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.states import States
from messaging.models import Conversation

PROMISE = States(start="kept", moves={"kept": ("paused", "ended"), "paused": ("kept", "ended"), "ended": ("kept",)})
CONTACT = States(start="active", moves={"active": ("ended",)})


class Promise(models.Model):
    """What holds since a member was given a contact person: somebody is responsible until the member ends it.

    Not ended means that an active primary contact is there whose holder's role runs: a constraint trigger holds this
    at every commit (migration 0002).
    """

    member = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="promise")
    state = models.CharField(max_length=8, choices=PROMISE.choices, default=PROMISE.start)
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.state


class Contact(models.Model):
    """One person beside a member.

    `interim`: a coordinator, until somebody else is found. `holder` is null only where there is nobody in the whole
    house who could be: the operator is told, and `seek_at` says when somebody is looked for again.
    """

    class Part(models.TextChoices):
        PRIMARY = "primary"
        BACKUP = "backup"

    class Why(models.TextChoices):
        """Why it ended. No one but the staff of the organisation ever sees this; the other side sees only a change."""

        CHANGED = "changed"  # the member wished for somebody else
        ENDED = "ended"  # the member wishes for nobody
        BLOCKED = "blocked"  # one of the two blocked the other
        STOPPED = "stopped"  # the person stopped, lost the role, or cannot be reached any more
        HANDED_OVER = "handed_over"
        FOLLOWED = "followed"  # an interim, by a contact person

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    part = models.CharField(max_length=8, choices=Part)
    holder = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="contacts", null=True)
    interim = models.BooleanField(default=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, related_name="+", null=True)
    state = models.CharField(max_length=8, choices=CONTACT.choices, default=CONTACT.start)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, choices=Why, blank=True)
    goodbye_until = models.DateTimeField(null=True)  # the direct talk closes then
    seek_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "part"], condition=Q(state="active"), name="contact_of_each_part"
            ),
            models.UniqueConstraint(
                fields=["member", "holder"], condition=Q(state="active"), name="contact_once_by_each_holder"
            ),
            models.CheckConstraint(
                condition=Q(holder__isnull=False) | Q(part="primary", interim=True), name="contact_has_holder"
            ),
            models.CheckConstraint(condition=Q(interim=False) | Q(part="primary"), name="interim_is_primary"),
        ]
        indexes = [
            models.Index(fields=["holder"], condition=Q(state="active"), name="contact_of_holder"),
            models.Index(fields=["conversation"], condition=Q(state="active"), name="contact_of_conversation"),
            models.Index(fields=["goodbye_until"], condition=Q(goodbye_until__isnull=False), name="contact_goodbye"),
            models.Index(fields=["seek_at"], condition=Q(seek_at__isnull=False), name="contact_seek"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.state} {self.id}"
