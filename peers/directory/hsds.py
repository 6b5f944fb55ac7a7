"""Open Referral's HSDS 3 as JSON: reading records of others, and writing ours. Knows no Django.

A record that came in is kept but for its persons, and goes out as it came but for what has changed here since. What
HSDS has no place for goes into attributes of the taxonomy `naast`: `code` is the name of a field, `value` its JSON.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from backend.core.vocabulary import SPOKEN_LANGUAGES
from peers.directory.vocabulary import WITHOUT_ADDRESS, Channel, Part
from peers.directory.ways import fits

TAXONOMY = "naast"
PLACES = frozenset({"addresses", "locations", "location", "latitude", "longitude", "service_at_locations"})
# Who works there, and who changed the record: persons, by name. They agreed to nothing here.
PEOPLE = frozenset({"contacts", "metadata", "assurer_email"})
SHOWN = ("active", None)
LIMITS = {"name": 120, "about": 1500, "how": 800, "line": 300, "value": 200}
_SPACE = uuid5(NAMESPACE_URL, "urn:naast:hsds")

Record = dict[str, Any]
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A record of a file: an organisation or a service of one, and what our fields make of it."""

    id: UUID
    part: Part
    of: UUID | None
    fields: Fields
    record: Record
    is_active: bool
    assured_date: str


class Unreadable(ValueError):
    """Not in the form."""


def read(document: Any, *, language: str, kinds: tuple[str, ...] = ()) -> list[Found]:
    """The organisations of a document and their services, each once, organisations first.

    The document is one organisation or service, a list of them, or a page of HSDS's own API (`contents`). `language` is
    that of its texts. `kinds` is what everything in it is that does not say so itself: only of what is known to be no
    safe home the places are read and kept. Raises `Unreadable`.
    """
    found: dict[UUID, Found] = {}
    for record in _records(document):
        if not isinstance(record, Mapping) or not isinstance(record.get("name"), str):
            raise Unreadable
        parent = record.get("organization")
        if parent is None and "organization_id" not in record:
            for service in _each(record, "services"):
                _add(found, service, of=id_of(record), language=language, kinds=kinds)
            _add(found, record, of=None, language=language, kinds=kinds)
            continue
        if isinstance(parent, Mapping):
            _add(found, parent, of=None, language=language, kinds=kinds)
        of = id_of(parent) if isinstance(parent, Mapping) else id_of({"id": record["organization_id"]})
        _add(found, record, of=of, language=language, kinds=kinds)
    return sorted(found.values(), key=lambda one: one.part == Part.OFFER)


def id_of(record: Mapping[str, Any]) -> UUID:
    """A record's id; one made of it where it is no UUID. Raises `Unreadable`."""
    given = record.get("id")
    if not isinstance(given, str) or not given:
        raise Unreadable
    try:
        return UUID(given)
    except ValueError:
        return uuid5(_SPACE, given)


def standard_fields(record: Mapping[str, Any], *, part: Part, language: str, places: bool) -> Fields:
    """What HSDS's own fields say of ours."""
    about, how = _text(record, "description", LIMITS["about"]), _text(record, "application_process", LIMITS["how"])
    own = {name: text for name, text in (("about", about), ("how", how)) if text}
    web = _text(record, "website" if part == Part.ORGANISATION else "url", LIMITS["value"])
    phones = [_text(phone, "number", LIMITS["value"]).strip('"') for phone in _each(record, "phones")]
    ways = [(Channel.PHONE, number) for number in phones]
    ways += [(Channel.EMAIL, _text(record, "email", LIMITS["value"])), (Channel.WEBSITE, web)]
    codes = [_text(spoken, "code", 10).lower() for spoken in _each(record, "languages")]
    return {
        "name": _text(record, "name", LIMITS["name"]),
        "texts": {language: own} if own else {},
        "contacts": [
            {"channel": str(channel), "value": value, "note": ""} for channel, value in ways if fits(channel, value)
        ],
        "languages": list(dict.fromkeys(code for code in codes if code in SPOKEN_LANGUAGES)),
        "hours": _joined(record, "schedules", "description"),
        "area": _joined(record, "service_areas", "name"),
        "address": _address(record) if places else "",
    }


def own_fields(record: Mapping[str, Any]) -> Fields:
    """What our attributes say."""
    told: Fields = {}
    for attribute in _each(record, "attributes"):
        if is_ours(attribute):
            try:
                told[str(attribute["taxonomy_term"]["code"])] = json.loads(attribute["value"])
            except (KeyError, TypeError, ValueError):
                raise Unreadable from None
    return told


def is_ours(attribute: Mapping[str, Any]) -> bool:
    """Whether an attribute is of the taxonomy `naast`."""
    term = attribute.get("taxonomy_term")
    return isinstance(term, Mapping) and term.get("taxonomy") == TAXONOMY


def write(kept: Mapping[str, Any] | None, *, part: Part, id: UUID, fields: Fields) -> Record:  # noqa: A002
    """A record that says all of `fields`, in the form of `kept` if it once came from elsewhere."""
    record: Record = _without(copy.deepcopy(dict(kept or {})), PEOPLE)
    language = next(iter(fields["texts"]), "en")
    known = fields["kinds"] and not set(fields["kinds"]) & set(WITHOUT_ADDRESS)
    if not known:
        record = without_places(record)
    before = standard_fields(record, part=part, language=language, places=True)
    _set(record, before, fields, part=part, id=id, language=language)
    record.setdefault("id", str(id))
    if part == Part.OFFER:
        record["status"] = "active"
    said = standard_fields(record, part=part, language=language, places=True)
    others = [one for one in _each(record, "attributes") if not is_ours(one)]
    ours = [_attribute(id, name, value) for name, value in fields.items() if value != said.get(name, _nothing(value))]
    if others or ours:
        record["attributes"] = [*others, *ours]
    return record


def without_places(record: Record) -> Record:
    """The record without anything that says where something is."""
    alone: Record = _without(record, PLACES)
    return alone


def _without(value: Any, names: frozenset[str]) -> Any:
    """The same without these properties, however deep they lie."""
    if isinstance(value, list):
        return [_without(inner, names) for inner in value]
    if isinstance(value, dict):
        return {name: _without(inner, names) for name, inner in value.items() if name not in names}
    return value


def _add(
    found: dict[UUID, Found], record: Mapping[str, Any], *, of: UUID | None, language: str, kinds: tuple[str, ...]
) -> None:
    if not isinstance(record.get("name"), str):
        raise Unreadable
    part = Part.OFFER if of else Part.ORGANISATION
    own = own_fields(record)
    said = own.get("kinds") or list(kinds)
    places = bool(said) and not set(said) & set(WITHOUT_ADDRESS)
    alone = _without(
        {name: value for name, value in record.items() if name not in ("services", "organization")}, PEOPLE
    )
    found[id_of(record)] = Found(
        id=id_of(record),
        part=part,
        of=of,
        fields={**standard_fields(record, part=part, language=language, places=places), **own, "kinds": said},
        record=alone if places else without_places(alone),
        is_active=record.get("status") in SHOWN,
        assured_date=_text(record, "assured_date", 10),
    )


def _set(record: Record, before: Fields, fields: Fields, *, part: Part, id: UUID, language: str) -> None:  # noqa: A002
    """Write what is other than the record says already into HSDS's own fields, as far as it has any."""
    if fields["name"] != before["name"]:
        record["name"] = fields["name"]
    if fields["texts"] != before["texts"] or "description" not in record:
        own = fields["texts"].get(language, {})
        record["description"] = own.get("about", "")
        if part == Part.OFFER and own.get("how"):
            record["application_process"] = own["how"]
    if fields["contacts"] != before["contacts"]:
        _set_contacts(record, fields["contacts"], part=part, id=id)
    if fields["languages"] != before["languages"]:
        others = [one for one in _each(record, "languages") if one.get("code") not in SPOKEN_LANGUAGES]
        record["languages"] = others + [
            {"id": str(uuid5(id, f"language {code}")), "name": code, "code": code} for code in fields["languages"]
        ]
    if part == Part.OFFER and fields["hours"] != before["hours"]:
        record["schedules"] = [{"id": str(uuid5(id, "schedule")), "description": fields["hours"]}]
    if part == Part.OFFER and fields["area"] != before["area"]:
        record["service_areas"] = [{"id": str(uuid5(id, "area")), "name": fields["area"]}]
    if fields["address"] != before["address"]:
        for name in PLACES:
            record.pop(name, None)


def _set_contacts(record: Record, contacts: list[dict[str, str]], *, part: Part, id: UUID) -> None:  # noqa: A002
    values: dict[str, list[str]] = {}
    for contact in contacts:
        values.setdefault(contact["channel"], []).append(contact["value"])
    record.pop("phones", None)
    if numbers := values.get(Channel.PHONE):
        record["phones"] = [
            {"id": str(uuid5(id, f"phone {number}")), "number": number, "type": "voice"} for number in numbers
        ]
    web = "website" if part == Part.ORGANISATION else "url"
    for name, channel in (("email", Channel.EMAIL), (web, Channel.WEBSITE)):
        record.pop(name, None)
        if channel in values:
            record[name] = values[channel][0]


def _attribute(entry: UUID, name: str, value: Any) -> Record:
    return {
        "id": str(uuid5(entry, f"attribute {name}")),
        "link_entity": "naast",
        "value": json.dumps(value, ensure_ascii=False, sort_keys=True),
        "taxonomy_term": {"id": str(uuid5(_SPACE, name)), "code": name, "name": name, "taxonomy": TAXONOMY},
    }


def _nothing(value: Any) -> Any:
    """What a field is when nothing is said about it."""
    return None if value is None else type(value)()


def _records(document: Any) -> list[Any]:
    if isinstance(document, Mapping) and isinstance(document.get("contents"), list):
        return list(document["contents"])
    if isinstance(document, list):
        return document
    if isinstance(document, Mapping):
        return [document]
    raise Unreadable


def _each(record: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    rows = record.get(name) or []
    if not isinstance(rows, list):
        raise Unreadable
    yield from (row for row in rows if isinstance(row, Mapping))


def _text(record: Mapping[str, Any], name: str, limit: int) -> str:
    value = record.get(name)
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _joined(record: Mapping[str, Any], name: str, part: str) -> str:
    said = "; ".join(filter(None, (_text(row, part, LIMITS["line"]) for row in _each(record, name))))
    return said if len(said) <= LIMITS["line"] else said[: LIMITS["line"] - 1].rstrip() + "…"


def _address(record: Mapping[str, Any]) -> str:
    """The first address of a record, in one line."""
    places = [*_each(record, "locations")]
    places += [
        at["location"] for at in _each(record, "service_at_locations") if isinstance(at.get("location"), Mapping)
    ]
    for place in places:
        for address in _each(place, "addresses"):
            parts = [_text(address, name, LIMITS["value"]) for name in ("address_1", "postal_code", "city")]
            return ", ".join(part for part in parts if part)[: LIMITS["line"]]
    return ""
