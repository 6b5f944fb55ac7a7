"""What waits to be pushed: wishes, one delivery per device, and how far each stream has been looked at."""

from __future__ import annotations

from django.db import models

from backend.core.accounts.models import Account
from backend.core.push.models.device import Device


class Wish(models.Model):
    """Somebody is to be woken: written in the transaction of the act, taken up by the worker.

    Inserted only, so that no act waits for another or for the worker.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Delivery(models.Model):
    """The one push that waits for a device, whatever for.

    `wished`: kinds; `heard`: the latest [stream, seq]; whether they still count is asked when it is sent. While a
    worker sends it, `lease` is set and `due_at` is when the lease ends; what comes meanwhile sets `again`.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="+")
    due_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    wished = models.JSONField(default=list)
    heard = models.JSONField(default=list)
    lease = models.UUIDField(null=True)
    again = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.device_id)


class Cursor(models.Model):
    """Up to which seq of a stream everybody concerned has been thought of. Apart from the head, which is never held."""

    stream_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.stream_id} @{self.seq}"
