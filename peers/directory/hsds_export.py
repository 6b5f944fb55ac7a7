"""The whole directory as one document of HSDS 3."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from peers.directory import hsds
from peers.directory.models import Entry
from peers.directory.queries import ORDER
from peers.directory.vocabulary import Part

VERSION = "3.0"
FIELDS = (
    *("name", "texts", "kinds", "domains", "directions", "stances", "languages", "regions", "nationwide", "area"),
    *("municipality", "contacts", "hours", "address", "yearly", "places_free", "example"),
)


def export(*, on: date) -> dict[str, Any]:
    """Organisations with their services, as a page of HSDS's own API. One query."""
    rows = list(Entry.objects.filter(withdrawn_at=None).order_by(*ORDER))
    services: dict[UUID, list[hsds.Record]] = {}
    for row in rows:
        if row.of_id is not None:
            services.setdefault(row.of_id, []).append(record_of(row))
    contents = []
    for row in rows:
        if row.part == Part.ORGANISATION:
            record = record_of(row)
            if row.id in services:
                record["services"] = services[row.id]
            contents.append(record)
    return {
        "version": VERSION,
        "total_items": len(contents),
        "total_pages": 1,
        "page_number": 1,
        "size": len(contents),
        "first_page": True,
        "last_page": True,
        "empty": not contents,
        "contents": contents,
    }


def record_of(entry: Entry) -> hsds.Record:
    """One entry as a record."""
    fields: hsds.Fields = {name: getattr(entry, name) for name in FIELDS}
    fields["specific"] = entry.is_specific
    for name in ("begins_at", "ends_at", "places_checked_on", "assured_on", "assured_until"):
        fields[name] = _told(getattr(entry, name))
    record = hsds.write(entry.imported, part=Part(entry.part), id=entry.id, fields=fields)
    if entry.part == Part.OFFER and entry.assured_on is not None:
        record["assured_date"] = entry.assured_on.isoformat()
    return record


def _told(value: date | datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
