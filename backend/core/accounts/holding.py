"""Holding accounts until a write ends, always in the order of their ids, even where it is first to be read which.

What a write touches may grow until it holds what it touches: so it is asked once more then, and if there are more, all
are let go and held anew. An act that ends something for many people (a role, a talk) cannot deadlock with another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.db import transaction

from backend.core.accounts.models import Account


class _More(Exception):
    """There are more than are held."""


def hold_all(wanted: Callable[[], Collection[UUID]]) -> dict[UUID, Account]:
    """Lock the accounts that `wanted` names, and nobody else's; inside a write.

    Until it ends they are not locked or unlocked, are given no role and lose none, and open no talk.
    """
    names: set[UUID] = set()
    while True:
        names |= set(wanted())
        try:
            with transaction.atomic():  # a savepoint: rolled back it lets go of the locks
                rows = Account.objects.select_for_update(no_key=True).filter(id__in=names).order_by("id")
                held = {row.id: row for row in rows}
                if not names.issuperset(wanted()):
                    raise _More
                return held
        except _More:
            continue
