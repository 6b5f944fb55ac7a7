"""Fetch one thing with permission; what is not the caller's is `not_found`."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account, Organisation, Role
from backend.core.errors import NotFound
from peers.directory.models import Entry, Problem, Question


def coordinated(*, by: Account) -> Organisation:
    """The active organisation that the caller coordinates now."""
    there = accounts.role(account=by, kind=Role.Kind.COORDINATOR).organisation
    if there is None or not there.is_active:
        raise NotFound
    return there


def entry(*, entry: UUID) -> Entry:
    """An entry that anybody may read."""
    found = Entry.objects.select_related("of", "kept_by", "assured_by")
    there = found.filter(id=entry, withdrawn_at=None).first()
    if there is None:
        raise NotFound
    return there


def kept_entry(*, by: Account, entry: UUID, lock: bool = False) -> Entry:
    """An entry of the caller's organisation, or one that nobody looks after."""
    mine = coordinated(by=by)
    found = Entry.objects.select_for_update(no_key=True) if lock else Entry.objects.all()
    there = found.filter(Q(kept_by=mine) | Q(kept_by=None), id=entry, withdrawn_at=None).first()
    if there is None:
        raise NotFound
    return there


def problem(*, by: Account, problem: UUID, lock: bool = False) -> Problem:
    """A problem with an entry of the caller's organisation, or with one that nobody looks after."""
    mine = coordinated(by=by)
    found = Problem.objects.select_for_update(no_key=True, of=("self",)) if lock else Problem.objects.all()
    there = found.select_related("entry").filter(Q(entry__kept_by=mine) | Q(entry__kept_by=None), id=problem).first()
    if there is None:
        raise NotFound
    return there


def question(*, by: Account, question: UUID, lock: bool = False) -> Question:
    """A question about a meeting of the caller's organisation, and of no other."""
    mine = coordinated(by=by)
    found = Question.objects.select_for_update(no_key=True, of=("self",)) if lock else Question.objects.all()
    there = found.select_related("entry").filter(entry__kept_by=mine, id=question).first()
    if there is None:
        raise NotFound
    return there
