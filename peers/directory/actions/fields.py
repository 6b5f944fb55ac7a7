"""What an entry may say: each field brought to its form, and what must hold between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from backend.core.accounts import errors as accounts
from backend.core.accounts.models import Region
from backend.core.errors import FieldError, Invalid
from backend.core.text import normalise_body, normalise_line
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from peers.directory import errors
from peers.directory.models import Entry
from peers.directory.vocabulary import GENERAL, SPECIFIC, WITHOUT_ADDRESS, Channel, Kind, Part, Stance
from peers.directory.ways import fits

MAX_NAME, MAX_ABOUT, MAX_HOW, MAX_LINE, MAX_VALUE, MAX_TOWN = 120, 1500, 800, 300, 200, 80  # characters
MAX_CONTACTS = 8
MAX_PLACES = 9999
_POSTCODE = re.compile(r"\b[1-9]\d{3} ?[A-Z]{2}\b")  # of the Netherlands


def apply(entry: Entry, changes: Mapping[str, Any], *, on: date) -> list[str]:
    """Set the named fields and return the names of those that are other than before. Raises `Invalid` of many kinds.

    name, area, hours, municipality, address: texts · texts: language → {about, how} · kinds, domains, directions,
    stances, languages, regions: lists of keys · nationwide, yearly, specific: flags · contacts: [{channel, value,
    note}] · begins_at, ends_at: aware · places_free: a number, counted today, or None.
    """
    changed = []
    for field, value in changes.items():
        kept, made = _FIELDS[field]
        before, after = getattr(entry, kept), made(value)
        if before != after or field == "places_free":
            setattr(entry, kept, after)
            changed.append(field)
    if "places_free" in changes:
        entry.places_checked_on = None if entry.places_free is None else on
    check(entry)
    return changed


def check(entry: Entry) -> None:
    """What must hold between fields; the database holds the same."""
    if set(entry.kinds) & set(WITHOUT_ADDRESS):
        said = [entry.area, entry.hours, *(text for own in entry.texts.values() for text in own.values())]
        said += [part for contact in entry.contacts for part in (contact["value"], contact.get("note", ""))]
        visits = any(contact["channel"] == Channel.VISIT for contact in entry.contacts)
        if entry.address or visits or any(_POSTCODE.search(text) for text in said):
            raise errors.AddressNotWanted
    if Kind.HOUSING_URGENCY in entry.kinds and not entry.municipality:
        raise errors.MunicipalityNeeded
    if (entry.begins_at is None) != (entry.ends_at is None) or (Kind.AGENDA in entry.kinds and entry.ends_at is None):
        raise errors.TimeNeeded
    if entry.begins_at is not None and entry.ends_at is not None and entry.begins_at >= entry.ends_at:
        raise errors.TimeNeeded
    if (entry.part == Part.OFFER) != (entry.of_id is not None):
        raise errors.OfferNeedsOrganisation


def _line(limit: int) -> Callable[[Any], str]:
    return lambda value: normalise_line(text=value, limit=limit) if value else ""


def _name(value: Any) -> str:
    return normalise_line(text=value, limit=MAX_NAME)


def _keys(field: str, known: Iterable[str]) -> Callable[[Any], list[str]]:
    allowed = {str(key) for key in known}

    def read(value: Any) -> list[str]:
        chosen = [str(key) for key in dict.fromkeys(value)]
        if not set(chosen) <= allowed:
            raise _unknown(field)
        return chosen

    return read


def _regions(value: Any) -> list[str]:
    chosen = list(dict.fromkeys(value))
    if Region.objects.filter(key__in=chosen).count() < len(chosen):
        raise accounts.RegionUnknown
    return chosen


def _texts(value: Any) -> dict[str, dict[str, str]]:
    made = {}
    for language, own in value.items():
        if language not in SPOKEN_LANGUAGES or not own.keys() <= {"about", "how"}:
            raise _unknown("texts")
        limits = {"about": MAX_ABOUT, "how": MAX_HOW}
        made[language] = {part: normalise_body(text=own[part], limit=limits[part]) for part in limits if own.get(part)}
    return {language: own for language, own in made.items() if own}


def _contacts(value: Any) -> list[dict[str, str]]:
    if len(value) > MAX_CONTACTS:
        raise _unknown("contacts")
    made = []
    for contact in value:
        channel, said = contact["channel"], normalise_line(text=contact["value"], limit=MAX_VALUE)
        if channel not in list(Channel) or not fits(channel, said):
            raise _unknown("contacts")
        made.append({"channel": str(channel), "value": said, "note": _line(MAX_VALUE)(contact.get("note"))})
    return made


def _places(value: Any) -> int | None:
    if value is not None and not 0 <= value <= MAX_PLACES:
        raise _unknown("places_free")
    return None if value is None else int(value)


def _unknown(field: str) -> Invalid:
    return Invalid("not_choice", errors=(FieldError(f"/{field}", "not_choice"),))


def _rank(value: Any) -> int:
    return SPECIFIC if value else GENERAL


_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", _name),
    "texts": ("texts", _texts),
    "kinds": ("kinds", _keys("kinds", Kind)),
    "domains": ("domains", _keys("domains", Domain)),
    "directions": ("directions", _keys("directions", Direction)),
    "stances": ("stances", _keys("stances", Stance)),
    "languages": ("languages", _keys("languages", SPOKEN_LANGUAGES)),
    "regions": ("regions", _regions),
    "nationwide": ("nationwide", bool),
    "area": ("area", _line(MAX_LINE)),
    "municipality": ("municipality", _line(MAX_TOWN)),
    "specific": ("rank", _rank),
    "contacts": ("contacts", _contacts),
    "hours": ("hours", _line(MAX_LINE)),
    "address": ("address", _line(MAX_LINE)),
    "begins_at": ("begins_at", lambda value: value),
    "ends_at": ("ends_at", lambda value: value),
    "yearly": ("yearly", bool),
    "places_free": ("places_free", _places),
}
