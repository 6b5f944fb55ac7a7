"""What a staff member signs in with, and the console's own sessions.

Nothing here can be read in a stolen database but public keys and sign-in names, which the server chose.
"""

from __future__ import annotations

import uuid

from django.db import models

from backend.core.accounts.models import Account


class Staff(models.Model):
    """An account that may sign in to the console, as long as it has a staff role.

    `passphrase` is an Argon2id hash and `totp` a secret, both sealed with the account's data key.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="staff")
    name = models.CharField(max_length=40, unique=True)  # three words that the server chose
    passphrase = models.BinaryField()
    totp = models.BinaryField(null=True)
    totp_step = models.BigIntegerField(default=0)  # the last one that was used: no code counts twice
    enrolled_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.account_id)


class SecurityKey(models.Model):
    """A WebAuthn credential."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="keys")
    credential = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField(max_length=1024)
    sign_count = models.BigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"key {self.pk}"


class RecoveryCode(models.Model):
    """One use instead of the second factor: 80 random bits, of which the SHA-256 is kept."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class KnownBrowser(models.Model):
    """A browser from which this person has signed in: what others get wrong elsewhere does not slow it down."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="browsers")
    token_hash = models.BinaryField(max_length=32, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"browser {self.pk}"


class StaffSession(models.Model):
    """A sign-in to the console: begun with the passphrase or the second factor, open once both are there.

    The token changes with every factor that is shown. `staff` is null where nobody has that sign-in name: such a
    session never opens, and looks like the others.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="sessions", null=True)
    token_hash = models.BinaryField(max_length=32, unique=True)
    challenge = models.BinaryField(max_length=64, null=True)  # of WebAuthn, for one answer
    decoy = models.BinaryField(max_length=32)  # the key that is asked for where there is none
    tries = models.SmallIntegerField(default=0)  # wrong ones
    began_at = models.DateTimeField()
    passphrase_at = models.DateTimeField(null=True)
    second_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=40, blank=True)  # key of what the next page says

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_open(self) -> bool:
        """Whether both factors have been shown."""
        return self.staff_id is not None and self.passphrase_at is not None and self.second_at is not None


class Enrolment(models.Model):
    """The operator's word that an account may set up its sign-in, once; and what it has set up so far."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    code_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    token_hash = models.BinaryField(max_length=32, unique=True, null=True)  # of the browser that showed both codes
    challenge = models.BinaryField(max_length=64, null=True)
    passphrase = models.BinaryField(null=True)  # as in Staff
    totp = models.BinaryField(null=True)

    def __str__(self) -> str:
        return str(self.account_id)
