"""Taking in records of other systems. What comes in is shown as not checked until an organisation assures it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from backend.core.accounts.models import Region
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import DomainError
from backend.core.text import normalise_line
from backend.core.vocabulary import SPOKEN_LANGUAGES
from peers.directory.actions import fields
from peers.directory.actions.edition import turn
from peers.directory.hsds import Found
from peers.directory.models import Entry
from peers.directory.vocabulary import Part
from peers.directory.ways import fits

SURE_FOR = timedelta(days=366)
TAKEN = (
    *("name", "texts", "kinds", "domains", "directions", "stances", "languages", "regions", "nationwide", "area"),
    *("municipality", "specific", "contacts", "hours", "address", "begins_at", "ends_at", "yearly", "places_free"),
)


@write
def import_entries(*, found: Iterable[Found], source: str, now: datetime) -> Counter[str]:
    """Add or renew entries from records; organisations come before their services. → how many were `added`, `renewed`,
    `same`, `kept` (somebody looks after them here, or they did not come from there) and `refused`.

    Nothing in a record makes an entry assured. Places of safe homes, and of what does not say its kind, are not taken.
    """
    source = normalise_line(text=source, limit=200)
    counts: Counter[str] = Counter()
    for one in found:
        counts[_take(one, source=source, now=now)] += 1
    audit(action="entries.imported", at=now, by=None, data=dict(counts))
    turn()
    return counts


def _take(one: Found, *, source: str, now: datetime) -> str:
    there = Entry.objects.select_for_update(no_key=True).filter(id=one.id).first()
    if there is not None and (there.kept_by_id is not None or there.imported is None or there.source != source):
        return "kept"
    if there is not None and there.taken_out_at is not None:
        return "kept"
    parent = Entry.objects.filter(id=one.of, part=Part.ORGANISATION, withdrawn_at=None).first() if one.of else None
    if (one.of is not None) != (parent is not None):
        return "refused"
    if there is not None and there.imported == one.record and (there.withdrawn_at is None) == one.is_active:
        return "same"
    if there is None and not one.is_active:
        return "refused"
    entry = there or Entry(id=one.id, part=one.part, of=parent, created_at=now, version=0)
    try:
        fields.apply(entry, _fit(one.fields), on=now.date())
    except (DomainError, AttributeError, KeyError, TypeError, ValueError):
        return "refused"
    if entry.places_free is not None:
        entry.places_checked_on = _day(one.fields.get("places_checked_on")) or now.date()
    entry.imported, entry.source, entry.changed_at = one.record, source, now
    entry.example = one.fields.get("example") is True
    entry.is_sure = _is_sure(one, now=now)
    entry.withdrawn_at = None if one.is_active else now
    entry.version += 1
    entry.save()
    return "added" if there is None else "renewed"


def _fit(told: dict[str, Any]) -> dict[str, Any]:
    """The fields that we have words for; the rest stays in the record."""
    made = {name: told[name] for name in TAKEN if name in told}
    known = set(Region.objects.values_list("key", flat=True))
    made["regions"] = [key for key in made.get("regions", []) if key in known]
    made["languages"] = [code for code in made.get("languages", []) if code in SPOKEN_LANGUAGES]
    made["contacts"] = [way for way in made.get("contacts", []) if fits(way["channel"], way["value"])]
    made["contacts"] = made["contacts"][: fields.MAX_CONTACTS]
    for name in ("begins_at", "ends_at"):
        if isinstance(made.get(name), str):
            made[name] = datetime.fromisoformat(made[name])
    return made


def _is_sure(one: Found, *, now: datetime) -> bool:
    """Whether its source has looked at it within a year."""
    said = _day(one.fields.get("assured_on")) or _day(one.assured_date)
    return said is not None and now.date() - SURE_FOR <= said


def _day(told: Any) -> date | None:
    try:
        return date.fromisoformat(told) if isinstance(told, str) and told else None
    except ValueError:
        return None
