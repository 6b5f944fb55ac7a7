"""What is told about entries and helplines: plain data, the same for everybody and in no reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from peers.directory.models import Entry, Gap, Helpline
from peers.directory.queries import shown_searches
from peers.directory.vocabulary import TRACES, Channel

PLACES_GOOD_FOR = timedelta(days=30)


def tell_entry(entry: Entry, *, on: date) -> dict[str, Any]:
    """An entry, without its answers."""
    return {
        "id": entry.id,
        "part": entry.part,
        "of": entry.of_id,
        "organisation": entry.of.name if entry.of else entry.name,
        "name": entry.name,
        "texts": [{"language": language, **_text(own)} for language, own in sorted(entry.texts.items())],
        "kinds": entry.kinds,
        "domains": entry.domains,
        "directions": entry.directions,
        "stances": entry.stances,
        "languages": entry.languages,
        "regions": entry.regions,
        "nationwide": entry.nationwide,
        "area": entry.area or None,
        "municipality": entry.municipality or None,
        "specific": entry.is_specific,
        "contacts": tell_contacts(entry.contacts),
        "hours": entry.hours or None,
        "address": entry.address or None,
        "begins_at": _moment(entry.begins_at),
        "ends_at": _moment(entry.ends_at),
        "yearly": entry.yearly,
        "places": _places(entry, on=on),
        "standing": entry.standing(on=on),
        "assured": _assured(entry),
        "kept_by": entry.kept_by.name if entry.kept_by else None,
        "source": entry.source or None,
        "source_url": entry.source_url or None,
        "example": entry.example,
    }


def tell_contacts(contacts: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Ways to reach somebody, each with what it leaves on the phone."""
    return [
        {
            "channel": contact["channel"],
            "value": contact["value"],
            "note": contact.get("note") or None,
            "trace": TRACES[Channel(contact["channel"])],
        }
        for contact in contacts
    ]


def tell_helpline(line: Helpline, *, on: date) -> dict[str, Any]:
    """A helpline."""
    return {
        "key": line.key,
        "kind": line.kind,
        "name": line.name or None,
        "contacts": tell_contacts(line.contacts),
        "languages": line.languages,
        "always": line.always,
        "hours": line.hours or None,
        "free": line.free,
        "nameless": line.nameless,
        "tips": line.tips,
        "standing": line.standing(on=on),
        "confirmed_on": line.confirmed_on,
        "source_url": line.source_url or None,
    }


def tell_gap(gap: Gap) -> dict[str, Any]:
    """A cell of what was looked for and not found."""
    return {
        "month": gap.month,
        "region": gap.region or None,
        "language": gap.language or None,
        "domain": gap.domain or None,
        "searches": shown_searches(gap),
    }


def _text(own: dict[str, str]) -> dict[str, str | None]:
    return {"about": own.get("about"), "how": own.get("how")}


def _moment(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _places(entry: Entry, *, on: date) -> dict[str, Any] | None:
    if entry.places_free is None or entry.places_checked_on is None:
        return None
    checked = entry.places_checked_on
    return {"free": entry.places_free, "checked_on": checked, "stale": checked + PLACES_GOOD_FOR < on}


def _assured(entry: Entry) -> dict[str, Any] | None:
    if entry.assured_by is None:
        return None
    return {"by": entry.assured_by.name, "on": entry.assured_on, "until": entry.assured_until}
