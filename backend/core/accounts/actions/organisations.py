"""Organisations that take part, and the regions that they work in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from backend.core.accounts import errors
from backend.core.accounts.models import Organisation, Region
from backend.core.db import write
from backend.core.text import normalise_line
from backend.core.vocabulary import SPOKEN_LANGUAGES, Support

REGIONS = Path(__file__).parents[2] / "data" / "regions.json"
MAX_NAME = 120  # characters


@write
def create_organisation(
    *,
    name: str,
    regions: Iterable[str] = (),
    languages: Iterable[str] = (),
    kinds: Iterable[str] = (),
    now: datetime,
) -> Organisation:
    """Add an organisation, not open yet; `regions` are keys, `languages` BCP 47 tags, `kinds` of `Support`.

    `coordinators.name_coordinators` opens it. Raises `OrganisationExists`, `RegionUnknown`, `LocaleUnknown`,
    `SupportUnknown` and what `normalise_line` refuses.
    """
    name = normalise_line(text=name, limit=MAX_NAME)
    keys, tags = list(dict.fromkeys(regions)), list(dict.fromkeys(languages))
    if not set(tags) <= set(SPOKEN_LANGUAGES):
        raise errors.LocaleUnknown
    helps = list(dict.fromkeys(kinds))
    if not set(helps) <= set(Support):
        raise errors.SupportUnknown
    found = list(Region.objects.filter(key__in=keys))
    if len(found) < len(keys):
        raise errors.RegionUnknown
    told = {"languages": tags, "kinds": helps, "created_at": now}
    there, made = Organisation.objects.get_or_create(name=name, defaults=told)
    if not made:
        raise errors.OrganisationExists
    there.regions.set(found)
    return there


@write
def ensure_organisation(
    *,
    name: str,
    regions: Iterable[str] = (),
    languages: Iterable[str] = (),
    kinds: Iterable[str] = (),
    now: datetime,
) -> Organisation:
    """The organisation of this name, added unless it is there; for seeds that may run again."""
    there = Organisation.objects.filter(name=normalise_line(text=name, limit=MAX_NAME)).first()
    return there or create_organisation(name=name, regions=regions, languages=languages, kinds=kinds, now=now)


@write
def load_regions() -> int:
    """Bring the regions in line with `data/regions.json`, and return how many it has. None is ever removed."""
    rows = json.loads(REGIONS.read_text(encoding="utf-8"))["regions"]
    for row in rows:
        told = {field: row[field] for field in ("name", "serves", "status", "note")}
        Region.objects.update_or_create(key=row["key"], defaults=told)
    return len(rows)
