"""Organisations that take part, and the regions that they work in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from backend.core.accounts import access, errors
from backend.core.accounts.models import Account, Organisation, Region, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import NotFound
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
    tags, helps, found = _known(regions, languages, kinds)
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
def change_organisation(
    *,
    by: Account,
    regions: Iterable[str],
    languages: Iterable[str],
    kinds: Iterable[str],
    now: datetime,
) -> Organisation:
    """Say where and in which languages the caller's organisation works, and with what. Again changes nothing.

    Raises `NotFound` for who coordinates nothing, and as `create_organisation`.
    """
    mine = access.role(account=by, kind=Role.Kind.COORDINATOR)
    if mine.organisation_id is None:
        raise NotFound
    there = access.organisations(ids=[mine.organisation_id])[mine.organisation_id]
    tags, helps, found = _known(regions, languages, kinds)
    before = (there.languages, there.kinds, set(there.regions.all()))
    if before == (tags, helps, set(found)):
        return there
    there.languages, there.kinds = tags, helps
    there.save(update_fields=["languages", "kinds"])
    there.regions.set(found)
    told = {"languages": tags, "kinds": helps, "regions": sorted(region.key for region in found)}
    audit(action="organisation.changed", at=now, by=by.id, subject=there.id, data=told)
    return there


def _known(
    regions: Iterable[str], languages: Iterable[str], kinds: Iterable[str]
) -> tuple[list[str], list[str], list[Region]]:
    keys, tags, helps = (list(dict.fromkeys(given)) for given in (regions, languages, kinds))
    if not set(tags) <= set(SPOKEN_LANGUAGES):
        raise errors.LocaleUnknown
    if not set(helps) <= set(Support):
        raise errors.SupportUnknown
    found = list(Region.objects.filter(key__in=keys))
    if len(found) < len(keys):
        raise errors.RegionUnknown
    return tags, helps, found


@write
def load_regions() -> int:
    """Bring the regions in line with `data/regions.json`, and return how many it has. None is ever removed."""
    rows = json.loads(REGIONS.read_text(encoding="utf-8"))["regions"]
    for row in rows:
        told = {field: row[field] for field in ("name", "serves", "status", "note")}
        Region.objects.update_or_create(key=row["key"], defaults=told)
    return len(rows)
