"""The write that begins an erasure: from its commit on nobody is in the account, and nobody waits for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts import standing
from backend.core.accounts.actions.recovery_settings import end_recoveries
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.actions.sessions import end_all_sessions
from backend.core.accounts.holding import hold_all
from backend.core.audit import audit
from backend.core.db import write
from backend.core.erasure import registry
from backend.core.erasure.models import STATES, Erasure
from backend.core.erasure.queries import follower_of, running_roles
from backend.core.errors import NotFound

WITHIN = timedelta(hours=24)  # all of it is gone by then


@write
def begin_erasure(*, account: UUID, by_grace: bool = False, now: datetime) -> Erasure:
    """End what the account is to others, lock it for good, and commit the ledger's row. Again changes nothing.

    Its roles end as they always do: who was beside somebody is followed in this write. Raises `CoordinatorNeeded` where
    an organisation would be without its two and nobody can follow, and then nothing has happened; `NotFound`, with
    `by_grace` also where no grace is over: it may have been taken back at this moment.
    """
    parts = registry.parts()

    def concerned() -> set[UUID]:
        return standing.with_beside(account).union(*(part.beside(account) for part in parts))

    there = hold_all(concerned).get(account)
    if there is None:
        raise NotFound
    row = Erasure.objects.select_for_update().filter(account=account).first()
    if by_grace and (row is None or row.due_at > now):
        raise NotFound
    if row is None:
        row = Erasure.objects.create(account=account, asked_at=now, due_at=now + WITHIN)
    if there.erased_at is not None:
        return row
    for role in running_roles(account=there):
        end_role(account=there, kind=role.kind, instead=follower_of(role), by=there, now=now)
    end_recoveries(account=there, now=now)
    was_locked = there.is_locked
    there.locked_at, there.suspended_at, there.erased_at = there.locked_at or now, None, now
    there.save(update_fields=["locked_at", "suspended_at", "erased_at"])
    end_all_sessions(account=there, keep=None, by=there, now=now)
    if not was_locked:
        standing.tell(account=there, at=now)
    for part in parts:
        part.stop(there, now)
    audit(action="account.erased", at=now, by=None, subject=there.id)
    row.state = STATES.move(present=row.state, to="erasing") if row.state == "grace" else row.state
    row.begun_at, row.next_at, row.due_at = now, now, now + WITHIN
    row.save(update_fields=["state", "begun_at", "next_at", "due_at"])
    return row
