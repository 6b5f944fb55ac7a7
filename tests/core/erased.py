"""What tests of erasing share: an account erased to its end, and what the databases still hold of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core.accounts.models import Account
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.erasure.actions.running import run_erasures
from backend.core.erasure.models import Erasure
from tests.asking import dump_databases
from tests.cast import Person

HOURS = 40  # more than there are pieces: when several are late at once, each waits for an hour of its own


def run_all(*, now: datetime) -> None:
    """The worker, once an hour, for more than a day."""
    for hours in range(HOURS):
        run_erasures(now=now + timedelta(hours=hours))


def erase(person: Person, *, now: datetime) -> Erasure:
    """Begun and finished."""
    begin_erasure(account=person.account.id, now=now)
    run_all(now=now)
    assert not Account.objects.filter(id=person.account.id).exists()
    return Erasure.objects.get(account=person.account.id)


def lines_with(*words: object) -> list[str]:
    """The rows of both databases that hold one of these, whatever way an id is spelt."""
    spelt = {form for word in words for form in (str(word), str(word).replace("-", ""))}
    return [line for line in dump_databases().splitlines() if any(form in line for form in spelt)]
