"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, FieldError, Invalid


class SharedDevice(Conflict):
    """A session on a shared device has no push."""

    code = "push_on_shared_device"


class PushOff(Conflict):
    """This device has no push address."""

    code = "push_off"


class TransportOff(Conflict):
    """This server is not set up for that way of pushing."""

    code = "push_transport_off"


class AddressInvalid(Invalid):
    """Not an address that is pushed to; `errors` says which field."""

    code = "push_address_invalid"

    def __init__(self, *, pointer: str) -> None:
        super().__init__(errors=(FieldError(pointer, self.code),))
