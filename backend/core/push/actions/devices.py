"""The push address of a session: given, taken back, gone with its session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account, Session
from backend.core.db import write
from backend.core.push import address as addresses
from backend.core.push import errors, transports
from backend.core.push.actions.waking import wake_device
from backend.core.push.address import Address
from backend.core.push.models import Device


@write
def put_device(*, by: Account, session: Session, address: Address, now: datetime) -> None:
    """Push to this address from now on, for this session. Another one before is forgotten.

    Raises `SharedDevice`, `TransportOff`, `AddressInvalid`.
    """
    there = accounts.session(by=by, session=session.id, lock=True)
    if there.shared_device:
        raise errors.SharedDevice
    if address.transport not in transports.configured():
        raise errors.TransportOff
    addresses.check(address)
    if not there.is_open(at=now):  # ended while this request ran
        raise errors.PushOff
    version = uuid4()
    sealed = addresses.seal_address(address, account=by.id, session=there.id, version=version)
    Device.objects.update_or_create(session=there, defaults={"sealed": sealed, "version": version})


@write
def drop_device(*, by: Account, session: Session, now: datetime) -> None:
    """Push nothing to this session. A second time changes nothing."""
    accounts.session(by=by, session=session.id, lock=True)
    drop_devices([session.id], now)


def drop_devices(sessions: Sequence[UUID], at: datetime) -> None:
    """Called by the write that ends the sessions."""
    held = Device.objects.select_for_update().filter(session__in=list(sessions)).order_by("session")
    Device.objects.filter(session__in=[one.session_id for one in held]).delete()


@write
def send_test(*, by: Account, session: Session, now: datetime) -> None:
    """Push to this device at once, whatever is wanted otherwise. Raises `PushOff`, `TransportOff`."""
    accounts.session(by=by, session=session.id, lock=True)
    if not Device.objects.filter(session=session).exists():
        raise errors.PushOff
    if not transports.configured():
        raise errors.TransportOff
    wake_device(device=session.id, now=now)
