"""Entries and helplines as the pages show them: named in the reader's language, each own word in its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format

from backend.core.vocabulary import DEFAULT_LANGUAGE, LANGUAGE_NAMES
from peers.directory import texts
from peers.directory.api.told import tell_contacts, tell_entry
from peers.directory.models import Entry, Gap, Helpline
from peers.directory.queries import shown_searches
from peers.directory.texts import PAGE
from peers.directory.vocabulary import WITHOUT_ADDRESS, Channel, Standing


def show(entry: Entry, *, regions: Mapping[str, str], language: str, on: date) -> dict[str, Any]:
    """What a page shows of an entry. Its own words stand in the reader's language, or else in all that there are."""
    told = tell_entry(entry, on=on)
    own = [text for text in told["texts"] if text["language"] == language]
    places = [PAGE["nationwide"]] if entry.nationwide else [regions.get(key, key) for key in entry.regions]
    names = (texts.KINDS, entry.kinds), (texts.DIRECTIONS, entry.directions), (texts.STANCES, entry.stances)
    return {
        **told,
        "texts": own or sorted(told["texts"], key=lambda text: text["language"] != DEFAULT_LANGUAGE),
        "standing": texts.STANDINGS[told["standing"]],
        "tags": [known[key] for known, keys in names for key in keys],
        "place": " · ".join(str(place) for place in (*places, entry.area, entry.municipality) if place),
        "spoken": _spoken(entry.languages),
        "when": f"{_day(entry.begins_at.date())}" if entry.begins_at else "",
        "places": str(PAGE["places"]) % {"count": entry.places_free, "day": _day(entry.places_checked_on)}
        if entry.places_checked_on
        else "",
        "places_stale": bool(told["places"]) and told["places"]["stale"],
        "ways": _ways(entry.contacts),
        "is_safe": bool(set(entry.kinds) & set(WITHOUT_ADDRESS)),
        "about_itself": _about_itself(entry, on=on),
    }


def show_line(line: Helpline, *, on: date) -> dict[str, Any]:
    """What a page shows of a helpline."""
    flags = (("always", line.always), ("free", line.free), ("nameless", line.nameless), ("tips", line.tips))
    return {
        "name": line.name or texts.LINE_NAMES[line.key],
        "standing": texts.STANDINGS[line.standing(on=on)],
        "tags": [PAGE[name] for name, is_so in flags if is_so],
        "hours": line.hours or ("" if line.always else PAGE["no_hours"]),
        "spoken": _spoken(line.languages),
        "ways": _ways(line.contacts),
        "confirmed": str(PAGE["confirmed"]) % {"day": _day(line.confirmed_on)} if line.confirmed_on else "",
    }


def show_gap(gap: Gap, *, regions: Mapping[str, str]) -> list[Any]:
    """A row of the table of gaps."""
    return [
        date_format(gap.month, "F Y"),
        regions.get(gap.region, PAGE["unlisted"]) if gap.region else "–",
        LANGUAGE_NAMES.get(gap.language, "–"),
        texts.DOMAINS.get(gap.domain, "–"),
        shown_searches(gap),
    ]


def _ways(contacts: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            **way,
            "name": texts.CHANNELS[way["channel"]],
            "trace": texts.TRACES[way["trace"]],
            "href": _href(way["channel"], way["value"]),
        }
        for way in tell_contacts(contacts)
    ]


def _href(channel: str, value: str) -> str:
    """A link, for what was checked to be one when it was written."""
    if channel == Channel.PHONE:
        return "tel:" + "".join(sign for sign in value if sign.isdigit() or sign == "+")
    if channel == Channel.EMAIL:
        return f"mailto:{value}"
    return value if channel in (Channel.WEBSITE, Channel.CHAT) else ""


def _about_itself(entry: Entry, *, on: date) -> list[str]:
    lines = []
    if entry.assured_by is not None:
        key = "assured" if entry.standing(on=on) == Standing.ASSURED else "lapsed"
        lines.append(str(PAGE[key]) % {"name": entry.assured_by.name, "day": _day(entry.assured_until)})
    if entry.source:
        lines.append(str(PAGE["source"]) % {"name": entry.source})
    return lines


def _spoken(languages: list[str]) -> str:
    return ", ".join(LANGUAGE_NAMES[key] for key in languages if key in LANGUAGE_NAMES)


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT").rstrip(".") if day else ""  # Hungarian ends a date as a sentence ends
