"""An organisation is there in the meantime, because the member asks for it: nobody who fits was free yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account, Role
from backend.core.db import write
from messaging.actions.direct import start_direct
from peers.contacts import errors, queries
from peers.contacts.actions.contacts import keep_promise
from peers.contacts.events import tell_contact
from peers.contacts.models import Contact


@write
def begin_interim(*, member: Account, role: Role, now: datetime) -> Contact:
    """Make a coordinator the member's interim contact person, and open their direct talk.

    Who is interim contact already keeps it: again changes nothing. Raises `PlaceTaken` where there is a contact person,
    `PeerUnavailable`, `BesideOneself`.
    """

    def wanted() -> set[UUID]:
        return {member.id, role.account_id}

    accounts = hold_all(wanted)
    there = Role.objects.select_related("account", "organisation").select_for_update(no_key=True, of=("self",))
    running = there.filter(id=role.id, kind=Role.Kind.COORDINATOR, ended_at=None, account__locked_at=None).first()
    if running is None:
        raise errors.PeerUnavailable
    if running.account_id == member.id:
        raise errors.BesideOneself
    primary = queries.contact_of(member=member)
    if primary is not None:
        if primary.interim and primary.holder_id is not None:
            return primary
        raise errors.PlaceTaken
    keep_promise(accounts[member.id], now=now)
    made = Contact.objects.create(
        member=accounts[member.id],
        part=Contact.Part.PRIMARY,
        holder=running,
        interim=True,
        organisation=running.organisation,
        conversation=start_direct(member=accounts[member.id], peer=running, alias=None, now=now),
        begun_at=now,
    )
    tell_contact(made, at=now)
    return made
