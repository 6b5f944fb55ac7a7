"""An account: no name, no mail, no phone; its one credential is an access code that is stored as a keyed hash."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class AccountManager(BaseUserManager["Account"]):
    """Accounts are made by `actions.accounts` only."""


class Account(AbstractBaseUser):
    """Whoever uses Naast. `inbox` is the id of the account's own stream; nobody else ever learns either id."""

    last_login = None  # it would show when someone was here
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inbox = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    code_hash = models.BinaryField(max_length=32, unique=True)  # HMAC-SHA256(pepper, normalised access code)
    code_pepper = models.SmallIntegerField()  # version of the pepper
    locale = models.CharField(max_length=10, choices=settings.LANGUAGES)
    locked_at = models.DateTimeField(null=True)  # no session works and nothing can be sent while set
    suspended_at = models.DateTimeField(null=True)  # locked by a decision: may sign in to read it and to appeal
    # The rules as they are now wait for a yes: no part in groups before.
    rules_due = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)  # locked for good; what is left of it goes within a day

    objects = AccountManager()

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None
