"""Coming back without the access code: two helpers named beforehand, a phrase, three days."""

from __future__ import annotations

import uuid

from django.db import models

from backend.core.accounts.models.account import Account
from backend.core.accounts.models.role import Role
from backend.core.states import States

STATES = States(
    start="asked",
    moves={"asked": ("waiting", "over"), "waiting": ("asked", "done", "over")},
)


class RecoveryHelper(models.Model):
    """One of the two whom a member has named, and the phrase as they would hear it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_helpers")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    phrase_hash = models.BinaryField(max_length=32)
    phrase_pepper = models.SmallIntegerField()  # version
    named_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "role"], name="recovery_helper_once")]
        indexes = [models.Index(fields=["role", "phrase_hash"], name="recovery_helper_by_phrase")]

    def __str__(self) -> str:
        return f"helper {self.role_id}"


class Recovery(models.Model):
    """Asked for by nobody in particular; whose it is, the phrase tells once both helpers have typed it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=12, unique=True)  # digits, spoken to the helpers
    secret_hash = models.BinaryField(max_length=32)
    state = models.CharField(max_length=10, choices=STATES.choices, default=STATES.start)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recoveries", null=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # from when on the new code is shown
    done_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.state} {self.id}"


class Confirmation(models.Model):
    """A helper has heard number and phrase from somebody they know."""

    recovery = models.ForeignKey(Recovery, on_delete=models.CASCADE, related_name="confirmations")
    helper = models.ForeignKey(RecoveryHelper, on_delete=models.CASCADE, related_name="confirmations")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recovery", "helper"], name="confirmed_once")]

    def __str__(self) -> str:
        return f"confirmation of {self.recovery_id}"
