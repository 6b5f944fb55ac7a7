"""Care: what is done for somebody whom others worry about. No rule, no strike, no statement."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.states import States
from moderation.models.case import Case

# `asked`: waits for a second person; `open`: the contact person has been asked; `cannot`: they cannot now.
ASK_STATES = States(start="asked", moves={"asked": ("open", "refused"), "open": ("in_touch", "cannot")})


class CareWish(models.Model):
    """Whether somebody's contact person may be asked when others worry about them; nothing said means no."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    contact_may_be_asked = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.contact_may_be_asked)


class CareTalk(models.Model):
    """What who looks after a case and the member say to each other. Nothing in it tells who worried."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="care_talk")
    member = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    begun_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member", "begun_at"], name="care_talk_of_member")]

    def __str__(self) -> str:
        return f"care talk {self.id}"


class CareLine(models.Model):
    """One thing said: sealed to the case, and once more for the member."""

    talk = models.ForeignKey(CareTalk, on_delete=models.CASCADE, related_name="lines")
    by_member = models.BooleanField()
    for_case = models.BinaryField()
    for_member = models.BinaryField()
    said_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["talk", "said_at"], name="line_of_care_talk")]

    def __str__(self) -> str:
        return f"line of {self.talk_id}"


class CareAsk(models.Model):
    """Somebody's contact person is asked to be in touch. They learn that somebody worries, and nothing that was said.

    `second_by` is null where the member had allowed it before. `membership` is the member's, in the talk of the two.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="asks")
    by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    second_by = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    membership = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=ASK_STATES.choices, default=ASK_STATES.start)
    made_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # of the contact person
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state__in=("asked", "open")), name="one_open_care_ask")
        ]
        indexes = [models.Index(fields=["contact", "asked_at"], name="care_ask_of_contact")]

    def __str__(self) -> str:
        return f"care ask {self.id}"


class CareLook(models.Model):
    """Somebody has looked and finds that it is enough. Two of these, of two people, close the case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    looked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"look at {self.case_id}"
