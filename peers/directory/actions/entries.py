"""Entries are made, changed, assured and withdrawn by coordinators of the organisation that looks after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.core.accounts.models import Account, Organisation
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.sealing import datakeys
from peers.directory import access, errors
from peers.directory.actions import fields
from peers.directory.actions.edition import turn
from peers.directory.models import Entry, Problem, Question
from peers.directory.vocabulary import Part

ASSURED_AT_MOST = timedelta(days=366)


def create_entry(*, by: Account, part: str, of: UUID | None, changes: Mapping[str, Any], now: datetime) -> Entry:
    """Make an entry that the caller's organisation looks after; nobody assures it yet.

    `changes` as in `fields.apply`; `of` is the organisation's entry of an offer. Raises `NotFound` for who coordinates
    no active organisation, and what `fields.apply` raises.
    """
    entry = uuid4()
    datakeys.create_key(owner=entry, at=now)  # first, in its own database: an orphan is swept, a lack is not
    return _create_entry(by=by, entry=entry, part=part, of=of, changes=changes, now=now)


@write
def _create_entry(
    *, by: Account, entry: UUID, part: str, of: UUID | None, changes: Mapping[str, Any], now: datetime
) -> Entry:
    mine = access.coordinated(by=by)
    parent = _parent(by=by, of=of) if part == Part.OFFER else None
    if part not in list(Part) or (part == Part.ORGANISATION and of is not None):
        raise errors.OfferNeedsOrganisation
    there = Entry(id=entry, part=part, of=parent, kept_by=mine, created_at=now, changed_at=now)
    fields.apply(there, {"name": "", **changes}, on=now.date())
    there.save(force_insert=True)
    _audit("entry.created", there, by=by, now=now, part=part)
    turn()
    return there


@write
def change_entry(
    *, by: Account, entry: UUID, changes: Mapping[str, Any], check: Callable[[int], None], now: datetime
) -> Entry:
    """Set the named fields. `check` refuses a version that the caller did not know. Changing nothing writes nothing.

    What is assured stays assured: who changes it answers for it. An entry that nobody looks after is assured first.
    """
    there = access.kept_entry(by=by, entry=entry, lock=True)
    if there.kept_by_id is None:
        raise NotFound
    check(there.version)
    changed = fields.apply(there, changes, on=now.date())
    if not changed:
        return there
    _save(there, now=now)
    _audit("entry.changed", there, by=by, now=now, fields=sorted(changed))
    return there


@write
def assure_entry(*, by: Account, entry: UUID, until: date, now: datetime) -> Entry:
    """Answer for an entry until a day; one that nobody looked after is the organisation's from then on.

    Raises `AssuredTooLong` (not after today, or more than a year away), `ContactNeeded`.
    """
    there = access.kept_entry(by=by, entry=entry, lock=True)
    if not now.date() < until <= now.date() + ASSURED_AT_MOST:
        raise errors.AssuredTooLong
    if not there.contacts:
        raise errors.ContactNeeded
    mine = access.coordinated(by=by)
    if (there.assured_by_id, there.assured_on, there.assured_until) == (mine.id, now.date(), until):
        return there
    datakeys.create_key(owner=there.id, at=now)
    there.kept_by = there.assured_by = mine
    there.assured_on, there.assured_until, there.is_sure = now.date(), until, True
    _save(there, now=now)
    _audit("entry.assured", there, by=by, now=now, until=until.isoformat())
    return there


@write
def withdraw_entry(*, by: Account, entry: UUID, now: datetime) -> None:
    """Take an entry out of the directory for good, with what was sent about it. Raises `OffersLeft`."""
    there = access.kept_entry(by=by, entry=entry, lock=True)
    if there.kept_by_id is None:
        raise NotFound
    if Entry.objects.filter(of=there, withdrawn_at=None).exists():
        raise errors.OffersLeft
    there.withdrawn_at = now
    _save(there, now=now)
    Problem.objects.filter(entry=there).delete()
    Question.objects.filter(entry=there).delete()
    _audit("entry.withdrawn", there, by=by, now=now)


def hand_over(organisation: Organisation, successor: Organisation | None, at: datetime) -> None:
    """An organisation closes: its entries go to the successor, and what it answered for lapses until that one does.

    Called inside the closing's write. Without a successor nobody looks after them.
    """
    mine = Entry.objects.select_for_update(no_key=True).filter(kept_by=organisation).order_by("id")
    ids = [there.id for there in mine]
    if not ids:
        return
    yesterday = at.date() - timedelta(days=1)
    Entry.objects.filter(id__in=ids, assured_until__gt=yesterday).update(assured_until=yesterday)
    Entry.objects.filter(id__in=ids).update(kept_by=successor, changed_at=at)
    told = {"successor": str(successor.id) if successor else None, "entries": [str(there) for there in ids]}
    audit(action="entries.handed_over", at=at, by=None, subject=organisation.id, data=told)
    turn()


def _parent(*, by: Account, of: UUID | None) -> Entry:
    parent = access.kept_entry(by=by, entry=of, lock=True) if of else None
    if parent is None or parent.part != Part.ORGANISATION or parent.kept_by_id is None:
        raise errors.OfferNeedsOrganisation
    return parent


def _save(entry: Entry, *, now: datetime) -> None:
    entry.version += 1
    entry.changed_at = now
    entry.save()
    turn()


def _audit(action: str, entry: Entry, *, by: Account, now: datetime, **told: object) -> None:
    data = {"organisation": str(entry.kept_by_id), **told}
    audit(action=action, at=now, by=by.id, subject=entry.id, data=data)
