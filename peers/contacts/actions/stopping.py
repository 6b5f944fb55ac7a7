"""When somebody is not beside a member any more, somebody else is, in the same transaction; and nobody is held fast.

All of it runs inside a write that holds, in the order of their ids, the accounts that `accounts_beside` and its like
name: the members, who is beside them, and who will step in. A member's account is the lock of all their contacts.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.audit import audit
from messaging.actions.belonging import end_membership
from messaging.actions.direct import end_direct, start_direct
from messaging.actions.introductions import end_introduction
from messaging.actions.locks import hold_accounts, hold_conversations
from messaging.ends import End, How
from messaging.models import Conversation, Membership
from peers.contacts import errors, queries
from peers.contacts.events import tell_contact, tell_handover
from peers.contacts.ladder import Rung, nearest
from peers.contacts.models import Contact, Handover
from peers.contacts.models.contact import CONTACT
from peers.contacts.models.handover import OPEN, STATES

log = logging.getLogger(__name__)

SOUGHT_AGAIN = timedelta(minutes=1)  # as long as there is nobody who could step in
GOODBYE = timedelta(days=14)  # how long a talk stays open after a handover


# -- who is held ------------------------------------------------------------------------------------------------------


def accounts_around(contacts: Iterable[Contact], *, besides: Collection[UUID]) -> set[UUID]:
    """Whose accounts the end of these contacts concerns; `besides` are those who stop."""
    rows = list(contacts)
    found: set[UUID] = set()
    every = queries.rungs() if rows else []
    for row in rows:
        found.add(row.member_id)
        if row.holder is not None:
            found.add(row.holder.account_id)
        rung = _who_steps_in(row, besides=besides, rungs=every)
        if rung is not None:
            found.add(rung.account)
    # At the commit the database asks after the other one beside a member, too, and locks that account for it.
    members = {row.member_id for row in rows}
    others = _active().filter(member__in=members, holder__isnull=False) if members else Contact.objects.none()
    return found | set(others.values_list("holder__account", flat=True))


def accounts_beside(accounts: set[UUID]) -> set[UUID]:
    """For `standing`: whom it concerns when one of these accounts stops."""
    held = _active().filter(holder__account__in=accounts)
    return accounts_around(held, besides=accounts) | _of_handovers(Q(receiving__account__in=accounts))


def accounts_beside_talks(conversations: set[UUID]) -> set[UUID]:
    """For `ends`: whom it concerns when one of these talks ends."""
    held = list(_active().filter(conversation__in=conversations))
    besides = {row.holder.account_id for row in held if row.holder is not None}
    return accounts_around(held, besides=besides) | _of_handovers(Q(introduction__in=conversations))


def _active() -> Any:
    return Contact.objects.filter(state="active").select_related("member", "holder__account", "organisation")


def _of_handovers(which: Q) -> set[UUID]:
    rows = Handover.objects.filter(which, state__in=OPEN)
    ids = rows.values_list("member", "giving__account", "receiving__account")
    return {account for row in ids for account in row} - {None}


# -- what is followed -------------------------------------------------------------------------------------------------


def follow_role(role: Role, at: datetime) -> None:
    """A role has ended: whoever it was beside gets somebody else."""
    stop(_active().filter(holder=role), why=Contact.Why.STOPPED, besides={role.account_id}, now=at)
    call_off_to(Q(receiving=role), now=at)


def follow_lock(account: Account, at: datetime) -> None:
    """An account was locked: nobody waits for who cannot come. Unlocked again, they are asked anew."""
    if account.is_locked:
        stop(_active().filter(holder__account=account), why=Contact.Why.STOPPED, besides={account.id}, now=at)
        call_off_to(Q(receiving__account=account), now=at)


def follow_organisation(organisation: Organisation, successor: Organisation | None, at: datetime) -> None:
    """An organisation closes: the successor looks after its contacts. Its coordinators' roles end after this."""
    for row in _active().filter(organisation=organisation):
        row.organisation = successor
        row.save(update_fields=["organisation"])
        tell_contact(row, at=at)


def follow_talk(end: End) -> None:
    """A talk ends by one of those in it: what rests on it ends too. Raises `ContactInTalk` for a member who leaves."""
    conversation = end.conversation.id
    rows = list(_active().filter(conversation=conversation))
    for row in rows:
        if end.how is How.LEFT and end.by is not None and end.by.id == row.member_id:
            raise errors.ContactInTalk
    why = Contact.Why.BLOCKED if end.how is How.BLOCKED else Contact.Why.STOPPED
    besides = {row.holder.account_id for row in rows if row.holder is not None}
    stop(rows, why=why, besides=besides, now=end.at, closing=conversation)
    for there in _handovers(Q(introduction=conversation)):
        left = end.how is How.LEFT and end.by is not None and end.by.id == there.member_id
        close_handover(there, to="redirected" if left else "called_off", now=end.at)


# -- what is done -----------------------------------------------------------------------------------------------------


def stop(
    contacts: Iterable[Contact],
    *,
    why: str,
    besides: Collection[UUID],
    now: datetime,
    closing: UUID | None = None,
    ended: bool = False,
) -> list[Contact]:
    """End these contacts and close their talks; → who steps in. `closing`: the talk that its caller closes.

    `ended`: the member wishes for nobody, so that nobody steps in. The caller holds `accounts_around` them.
    """
    rows = list(contacts)
    talks = {row.conversation_id for row in rows if row.conversation_id is not None}
    introductions = Handover.objects.filter(contact__in=[row.id for row in rows], state="introduced")
    talks |= set(introductions.values_list("introduction", flat=True)) - {None}
    held = hold_conversations(*talks)
    stepped_in = []
    for row in rows:
        row.state, row.ended_at, row.why = CONTACT.move(present=row.state, to="ended"), now, why
        row.seek_at = None
        row.save(update_fields=["state", "ended_at", "why", "seek_at"])
        if row.conversation_id is not None and row.conversation_id != closing:
            end_direct(conversation=held[row.conversation_id], now=now)
        tell_contact(row, at=now)
        following = None
        if row.part == Contact.Part.PRIMARY and not ended:
            following = _step_in(row, besides=besides, now=now)
            stepped_in.append(following)
        _go_on_without(row, following, held, now=now)
    return stepped_in


def _step_in(before: Contact, *, besides: Collection[UUID], now: datetime) -> Contact:
    """Somebody is beside the member from now on, until there is a new contact person."""
    role = _hold_who_steps_in(before, besides=besides)
    if role is None:
        there = Contact.objects.create(
            member=before.member,
            part=Contact.Part.PRIMARY,
            interim=True,
            organisation=before.organisation,
            begun_at=now,
            seek_at=now + SOUGHT_AGAIN,
        )
        audit(action="contact.unattended", at=now, by=None, subject=None, data={"contact": str(there.id)})
        log.error("a member has no contact person, and there is no coordinator who could step in")
        tell_contact(there, at=now)
        return there
    talk = start_direct(member=before.member, peer=role, alias=None, now=now)
    there = Contact.objects.create(
        member=before.member,
        part=Contact.Part.PRIMARY,
        holder=role,
        interim=True,
        organisation=role.organisation,
        conversation=talk,
        begun_at=now,
    )
    tell_contact(there, at=now)
    return there


def find_somebody(row: Contact, *, now: datetime) -> bool:
    """For a contact that nobody holds: whether somebody steps in now. The caller holds `accounts_around` it."""
    role = _hold_who_steps_in(row, besides=())
    if role is None:
        return False
    row.holder, row.organisation, row.seek_at = role, role.organisation, None
    row.conversation = start_direct(member=row.member, peer=role, alias=None, now=now)
    row.save(update_fields=["holder", "organisation", "seek_at", "conversation"])
    tell_contact(row, at=now)
    return True


def _hold_who_steps_in(before: Contact, *, besides: Collection[UUID]) -> Role | None:
    """The nearest coordinator, who is held: for nearly always they are already, so that nothing waits here."""
    while True:
        rung = _who_steps_in(before, besides=besides, rungs=queries.rungs())
        if rung is None:
            return None
        hold_accounts(rung.account)
        role = Role.objects.select_related("account", "organisation").get(id=rung.role)
        if role.ended_at is None and not role.account.is_locked:
            return role


def _who_steps_in(before: Contact, *, besides: Collection[UUID], rungs: list[Rung]) -> Rung | None:
    if before.part != Contact.Part.PRIMARY:
        return None
    cannot = queries.cannot_step_in(member=before.member_id, besides=besides)
    return nearest(rungs=rungs, home=queries.home_of(before.organisation), besides=cannot)


# -- handovers on the way ---------------------------------------------------------------------------------------------


def close_handover(there: Handover, *, to: str, now: datetime) -> None:
    """End a handover and tell all three; its notes are forgotten. The introduction is closed by the caller."""
    there.state = STATES.move(present=there.state, to=to)
    there.closed_at, there.due_at, there.draft, there.note = now, None, None, None
    there.save(update_fields=["state", "closed_at", "due_at", "draft", "note"])
    tell_handover(there, at=now)


def _handovers(which: Q) -> list[Handover]:
    rows = Handover.objects.filter(which, state__in=OPEN)
    return list(rows.select_related("member", "giving__account", "receiving__account", "introduction").order_by("id"))


def _go_on_without(ended: Contact, following: Contact | None, held: dict[UUID, Conversation], *, now: datetime) -> None:
    """Who gave is gone. Before the introduction that ends the handover; in it, who has stepped in takes their place."""
    for there in _handovers(Q(contact=ended)):
        goes_on = (
            there.state == "introduced"
            and following is not None
            and following.holder is not None
            and following.holder.account_id != there.receiving.account_id
        )
        if not goes_on:
            close_handover(there, to="called_off", now=now)
            if there.introduction_id is not None:
                end_introduction(conversation=held[there.introduction_id], now=now)
            continue
        assert following is not None
        gave = there.giving
        there.contact, there.giving = following, following.holder
        there.save(update_fields=["contact", "giving"])
        left = Membership.objects.select_related("account").filter(
            conversation=there.introduction, peer=gave, state="active"
        )
        for membership in left:
            end_membership(there=membership, to="left", now=now)
        tell_handover(there, at=now, besides=gave)


def call_off_to(which: Q, *, now: datetime) -> None:
    """Who was to receive cannot: everything stays as it is."""
    rows = _handovers(which)
    held = hold_conversations(*{there.introduction_id for there in rows if there.introduction_id is not None})
    for there in rows:
        close_handover(there, to="called_off", now=now)
        if there.introduction_id is not None:
            end_introduction(conversation=held[there.introduction_id], now=now)
