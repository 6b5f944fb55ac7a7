"""Entries for the tests of the directory, made through the actions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from peers.directory.actions.entries import assure_entry, create_entry
from peers.directory.models import Entry
from tests.cast import Person, utc_now

PHONE = {"channel": "phone", "value": "070 123 45 67"}


def today() -> date:
    """The day of the tests' edge."""
    return utc_now().date()


def new_entry(by: Person, *, name: str = "Voorbeeldhuis", of: UUID | None = None, **said: Any) -> Entry:
    """An entry of the organisation that `by` coordinates."""
    part = "offer" if of else "organisation"
    changes = {"name": name, "contacts": [PHONE], **said}
    return create_entry(by=by.account, part=part, of=of, changes=changes, now=utc_now())


def assured(entry: Entry, by: Person, *, days: int = 90) -> Entry:
    """The entry, answered for."""
    return assure_entry(by=by.account, entry=entry.id, until=today() + timedelta(days=days), now=utc_now())
