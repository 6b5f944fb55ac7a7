"""What the operator brings in: the facts of the repository, and that a helpline has been tried."""

from __future__ import annotations

from datetime import datetime

from backend.core.accounts.models import Region
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import Invalid, NotFound
from backend.core.vocabulary import SPOKEN_LANGUAGES
from peers.directory.actions.edition import turn
from peers.directory.data import read_helplines, read_organisations
from peers.directory.models import Entry, Helpline
from peers.directory.vocabulary import GENERAL, SPECIFIC, Kind, Part
from peers.directory.ways import is_page

SOURCE = "public sources"


@write
def load_facts(*, now: datetime) -> tuple[int, int]:
    """Bring helplines and organisations in line with the repository's data; → how many of each it names.

    An entry that somebody looks after is left as it is, and so are the languages, hours and confirmation of a helpline
    that has been tried. Nothing is ever removed.
    """
    lines = read_helplines()
    for row in lines:
        _load_helpline(dict(row))
    regions = set(Region.objects.values_list("key", flat=True))
    facts = read_organisations()
    for fact in facts:
        there = Entry.objects.filter(name=fact.name, part=Part.ORGANISATION, imported=None).first()
        if there is not None and there.kept_by_id is not None:
            continue
        there = there or Entry(name=fact.name, part=Part.ORGANISATION, created_at=now)
        there.regions = [place for place in fact.places if place in regions]
        there.area = ", ".join(place.replace("-", " ").title() for place in fact.places if place not in regions)
        there.nationwide = fact.nationwide
        there.rank = SPECIFIC if fact.specific else GENERAL
        there.kinds = [str(Kind.HEALTH)] if "health" in fact.what else []
        there.source = f"{SOURCE}: {fact.status}"
        there.is_sure = fact.is_sure
        there.changed_at = now
        there.save()
    turn()
    return len(lines), len(facts)


def _load_helpline(row: dict[str, object]) -> None:
    there = Helpline.objects.filter(key=row["key"]).first()
    if there is not None and there.confirmed_on is not None:
        row = {"kind": row["kind"], "position": row["position"], "key": row["key"]}
    Helpline.objects.update_or_create(key=row.pop("key"), defaults=row)


@write
def confirm_helpline(
    *, key: str, source_url: str, languages: list[str] | None = None, hours: str | None = None, now: datetime
) -> Helpline:
    """Say that somebody has tried a helpline today, where its own page is, and what it says of languages and hours.

    Raises `NotFound`, `Invalid`.
    """
    there = Helpline.objects.select_for_update(no_key=True).filter(key=key).first()
    if there is None:
        raise NotFound
    if not is_page(source_url) or not set(languages or ()) <= set(SPOKEN_LANGUAGES):
        raise Invalid
    there.source_url, there.confirmed_on, there.is_sure = source_url, now.date(), True
    there.languages = there.languages if languages is None else languages
    there.hours = there.hours if hours is None else hours
    there.save()
    audit(action="helpline.confirmed", at=now, by=None, data={"key": key})
    turn()
    return there
