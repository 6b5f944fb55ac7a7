"""Example entries of the directory, marked as such, and the facts of public sources beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.core.accounts.models import Account
from peers.directory.actions.entries import assure_entry, create_entry
from peers.directory.actions.facts import load_facts
from peers.directory.models import Entry

ENTRIES = Path(__file__).with_name("directory.json")


def seed_directory(*, people: Mapping[str, Account], now: datetime) -> None:
    """Make the entries through the same actions that coordinators use."""
    load_facts(now=now)
    told = json.loads(ENTRIES.read_text(encoding="utf-8"))
    for house in told["entries"]:
        by = people[house["by"]]
        made = _make(house, by=by, of=None, now=now)
        for offer in house.get("offers", ()):
            _make(offer, by=by, of=made.id, now=now)
    Entry.objects.exclude(kept_by=None).update(example=True)
    # One that nobody has looked at lately.
    Entry.objects.filter(name=told["lapsed"]).update(
        assured_on=now.date() - timedelta(days=200), assured_until=now.date() - timedelta(days=20)
    )


def _make(told: Mapping[str, Any], *, by: Account, of: UUID | None, now: datetime) -> Entry:
    said = dict(told["said"])
    if "meets_in_days" in told:
        said["begins_at"] = now + timedelta(days=told["meets_in_days"])
        said["ends_at"] = said["begins_at"] + timedelta(hours=7)
    entry = create_entry(by=by, part="offer" if of else "organisation", of=of, changes=said, now=now)
    return assure_entry(by=by, entry=entry.id, until=now.date() + timedelta(days=told["assured_days"]), now=now)
