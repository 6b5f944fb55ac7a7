"""An organisation closes: what it looked after goes to another in the same write."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts import access, errors, events, standing
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account, Organisation, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.streams.append import append


@write
def close_organisation(
    *, organisation: Organisation, successor: Organisation | None, by: Account | None, now: datetime
) -> Organisation:
    """Close an organisation for good. Its peer experts stand for the successor from now on, under the same ids.

    Contacts, groups and entries are handed over by listeners; then the roles of its coordinators end. Only what was
    never open and has no peer experts needs no successor. Closing again changes nothing. Raises `SuccessorNeeded`.
    """
    running = Role.objects.filter(organisation=organisation, ended_at=None)
    heirs = Role.objects.filter(organisation=successor, kind=Role.Kind.COORDINATOR, ended_at=None)

    def concerned() -> set[UUID]:
        theirs = set(running.values_list("account", flat=True))
        return standing.with_beside(*theirs) | (set(heirs.values_list("account", flat=True)) if successor else set())

    people = hold_all(concerned)
    locked = access.organisations(ids=[organisation.id] + ([successor.id] if successor else []))
    there, next_one = locked[organisation.id], locked[successor.id] if successor else None
    if there.closed_at is not None:
        return there
    peers = list(running.filter(kind=Role.Kind.PEER_EXPERT).select_for_update(no_key=True).order_by("id"))
    if next_one is None:
        if there.is_active or peers:
            raise errors.SuccessorNeeded
    elif not next_one.is_active or next_one.id == there.id:
        raise errors.SuccessorNeeded
    there.closed_at, there.coordinator, there.deputy = now, None, None
    there.save(update_fields=["closed_at", "coordinator", "deputy"])
    told = {"successor": str(next_one.id) if next_one else None, "peers": [str(role.id) for role in peers]}
    audit(action="organisation.closed", at=now, by=by.id if by else None, subject=there.id, data=told)
    running.filter(id__in=[role.id for role in peers]).update(organisation=next_one)
    standing.tell_organisation_closed(organisation=there, successor=next_one, at=now)
    for role in running.filter(kind=Role.Kind.COORDINATOR).order_by("id"):
        end_role(account=people[role.account_id], kind=role.kind, by=by, now=now)
    for role in peers:
        append(stream=people[role.account_id].inbox, kind=events.SETTINGS_CHANGED, at=now)
    return there
