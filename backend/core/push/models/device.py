"""Where one session's push goes: sealed whole, in one length, so that no two rows show that they are one phone's."""

from __future__ import annotations

import uuid

from django.db import models

from backend.core.accounts.models import Session


class Device(models.Model):
    """A session's push address; it goes with the session.

    `sealed` holds transport, address and keys. `version` is another one each time the address is given: a verdict about
    an older one does nothing.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="push")
    sealed = models.BinaryField()
    version = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return str(self.session_id)
