"""Asking for one's account to be erased: now, with the access code, or in a fortnight, without."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.core import limits
from backend.core.accounts import access, errors
from backend.core.accounts.actions.codes import CODE_ASKED, check_code
from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.erasure.models import Erasure
from backend.core.erasure.queries import erasure_of, follower_of, running_roles
from backend.core.streams.append import append

GRACE = timedelta(days=14)


@write
def ask_erasure(*, by: Account, now: datetime) -> Erasure:
    """Begin the grace: all goes on as before, the member's devices are told, and one step takes it back.

    Whoever holds the open phone can do no more than this. Again changes nothing. Raises `CoordinatorNeeded`.
    """
    there = access.account(account=by.id, lock=True)
    asked = erasure_of(account=there.id)
    if asked is not None:
        return asked
    _check_can_go(there)
    due_at = now + GRACE
    made = Erasure.objects.create(account=there.id, asked_at=now, due_at=due_at, next_at=due_at)
    append(stream=there.inbox, kind=SETTINGS_CHANGED, at=now)
    return made


@write
def take_back(*, by: Account, now: datetime) -> None:
    """Keep the account after all, while it is in grace. A second time changes nothing."""
    there = access.account(account=by.id, lock=True)
    gone, _ = Erasure.objects.filter(account=there.id, state="grace").delete()
    if gone:
        append(stream=there.inbox, kind=SETTINGS_CHANGED, at=now)


def erase_now(*, by: Account, access_code: str, now: datetime) -> Erasure:
    """Erase at once, with the access code. There is no way back.

    Raises `AccessCodeWrong`, `CodeMalformed`, `TooMany`, `CoordinatorNeeded`.
    """
    limits.take(name="code asked", key=by.id.bytes, rate=CODE_ASKED, now=now)
    return _erase_now(by=by, access_code=access_code, now=now)


@write
def _erase_now(*, by: Account, access_code: str, now: datetime) -> Erasure:
    check_code(account=access.account(account=by.id), access_code=access_code)
    begun = begin_erasure(account=by.id, now=now)
    check_code(account=access.account_with_beside(account=by.id), access_code=access_code)  # not replaced meanwhile
    return begun


def _check_can_go(there: Account) -> None:
    """The organisation's two have to be two also in a fortnight; better said now. Raises `CoordinatorNeeded`."""
    for role in running_roles(account=there):
        seats = (role.organisation.coordinator_id, role.organisation.deputy_id) if role.organisation else ()
        if role.id in seats and role.organisation and role.organisation.is_active and follower_of(role) is None:
            raise errors.CoordinatorNeeded
