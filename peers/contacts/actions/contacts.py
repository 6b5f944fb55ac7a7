"""A member and who is beside them: begun by a match or a handover; paused, changed and ended by the member alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.errors import FieldError, NotFound
from backend.core.sealing import datakeys, seal
from messaging.actions.direct import start_direct
from peers.contacts import access, errors, queries
from peers.contacts.actions.stopping import GOODBYE, accounts_around, stop
from peers.contacts.events import tell_contact
from peers.contacts.models import Change, Contact, Promise
from peers.contacts.models.change import STATES as CHANGE
from peers.contacts.models.contact import CONTACT, PROMISE
from peers.contacts.queries import caseload_of

# Why a member may wish for somebody else. Clients have words for each; none is ever shown to who it is about.
REASONS = ("language", "times", "fit", "answers", "trust", "boundaries", "knows_me", "other")


@write
def begin_contact(*, member: Account, role: Role, part: str | None = None, now: datetime) -> Contact:
    """Make a peer expert the member's contact person, or the backup, and open their direct talk.

    `part` None: contact person if there is none yet or a coordinator has stepped in, else backup. Whoever has stepped
    in is followed by this. Who has the part already keeps it: again changes nothing.
    Raises `PeerUnavailable`, `CaseloadFull`, `PlaceTaken`, `PrimaryNeeded`, `BesideOneself`.
    """
    accounts = hold_all(lambda: {member.id, role.account_id, *_holders(member)})
    if accounts[member.id].erased_at is not None:
        raise NotFound
    present = {there.part: there for there in queries.contacts_of(member=member)}
    for there in present.values():
        if there.holder_id == role.id and part in (None, there.part):
            return there
    primary = present.get(Contact.Part.PRIMARY)
    if part is None:
        part = Contact.Part.PRIMARY if primary is None or primary.interim else Contact.Part.BACKUP
    _check_place(present, part=part, role=role)
    return place(member=accounts[member.id], role=role, part=part, instead_of=present.get(part), now=now)


def place(*, member: Account, role: Role, part: str, instead_of: Contact | None, now: datetime) -> Contact:
    """Put somebody beside a member, after whoever was there; the caller holds the accounts of all of them.

    Raises `PeerUnavailable`, `CaseloadFull`, `BesideOneself`.
    """
    role = access.running_peer(role=role.id)
    if role.account_id == member.id:
        raise errors.BesideOneself
    other = Contact.objects.filter(member=member, holder=role, state="active").first()
    if other is None:
        access.check_room(role=role, held=caseload_of(role))
    for before in (instead_of, other):
        if before is not None and before.state == "active":
            _give_way(before, says_goodbye=before is instead_of, now=now)
    keep_promise(member, now=now)
    there = Contact.objects.create(
        member=member,
        part=part,
        holder=role,
        organisation=role.organisation,
        conversation=start_direct(member=member, peer=role, alias=None, now=now),
        begun_at=now,
    )
    if part == Contact.Part.PRIMARY:
        close_change(member, to="met", now=now)
    tell_contact(there, at=now)
    return there


@write
def change_contact(*, by: Account, reason_code: str | None, now: datetime) -> Change:
    """Wish for somebody else: a coordinator steps in now, the talk with who was beside the member closes.

    Nobody is told why. While a coordinator has stepped in already, another one does, if there is one. A second wish is
    the first one. Raises `NoContact`, `ReasonUnknown`.
    """
    if reason_code is not None and reason_code not in REASONS:
        raise errors.ReasonUnknown(errors=(FieldError("/reason_code", errors.ReasonUnknown.code),))
    _hold_all_of(by)
    primary = _primary_of(by)
    there = queries.open_change_of(member=by)
    if there is not None:
        return there
    there = Change(member=by, about=primary.holder, asked_at=now)
    if reason_code is not None:
        there.reason = seal.seal(key=datakeys.key_of(by.id), text=reason_code.encode(), aad=there.reason_aad)
    there.save(force_insert=True)
    if primary.holder is not None:
        besides = {primary.holder.account_id}
        if not primary.interim or access.somebody_else(primary, besides=besides):
            stop([primary], why=Contact.Why.CHANGED, besides=besides, now=now)
            return there
    tell_contact(primary, at=now)
    return there


@write
def withdraw_change(*, by: Account, now: datetime) -> None:
    """Wish for nobody else any more; who has stepped in stays. A second time changes nothing."""
    _hold_all_of(by)
    primary = _primary_of(by)
    if close_change(by, to="withdrawn", now=now):
        tell_contact(primary, at=now)


@write
def pause_contact(*, by: Account, now: datetime) -> Promise:
    """Wish to be left alone for a while. Nothing is lost, nobody is changed. Raises `NoContact`."""
    return _move_promise(by, to="paused", now=now)


@write
def resume_contact(*, by: Account, now: datetime) -> Promise:
    """Go on as it was. Raises `NoContact`."""
    return _move_promise(by, to="kept", now=now)


@write
def end_contact(*, by: Account, now: datetime) -> None:
    """Wish for nobody beside one; a new match begins anew. A second time changes nothing. Raises `NoContact`."""
    _hold_all_of(by)
    promise = queries.promise_of(member=by)
    if promise is None:
        raise errors.NoContact
    if promise.state == "ended":
        return
    promise.state = PROMISE.move(present=promise.state, to="ended")
    promise.save(update_fields=["state"])
    stop(queries.contacts_of(member=by), why=Contact.Why.ENDED, besides=(), now=now, ended=True)
    close_change(by, to="withdrawn", now=now)


@write
def end_backup(*, by: Account, now: datetime) -> None:
    """Wish for no backup. A second time changes nothing."""
    _hold_all_of(by)
    backup = queries.contacts_of(member=by).filter(part=Contact.Part.BACKUP)
    stop(backup, why=Contact.Why.ENDED, besides=(), now=now)


def close_change(member: Account, *, to: str, now: datetime) -> bool:
    """Close the open wish, if there is one; its reason is forgotten."""
    there = queries.open_change_of(member=member)
    if there is None:
        return False
    there.state, there.closed_at, there.reason = CHANGE.move(present=there.state, to=to), now, None
    there.save(update_fields=["state", "closed_at", "reason"])
    return True


def _check_place(present: dict[str, Contact], *, part: str, role: Role) -> None:
    there = present.get(part)
    if there is not None and not there.interim:
        raise errors.PlaceTaken
    if part == Contact.Part.BACKUP and Contact.Part.PRIMARY not in present:
        raise errors.PrimaryNeeded
    if any(other.holder_id == role.id for other in present.values()):
        raise errors.PlaceTaken


def _give_way(before: Contact, *, says_goodbye: bool, now: datetime) -> None:
    """A contact is followed by another. The talk stays open for a goodbye."""
    before.state, before.ended_at = CONTACT.move(present=before.state, to="ended"), now
    before.why = Contact.Why.FOLLOWED if before.interim else Contact.Why.HANDED_OVER
    before.seek_at = None
    before.goodbye_until = now + GOODBYE if says_goodbye and before.conversation_id is not None else None
    before.save(update_fields=["state", "ended_at", "why", "seek_at", "goodbye_until"])
    tell_contact(before, at=now)


def keep_promise(member: Account, *, now: datetime) -> None:
    """From now on somebody is responsible for the member, until they end it."""
    promise, _ = Promise.objects.get_or_create(member=member, defaults={"begun_at": now})
    if promise.state == "ended":
        promise.state, promise.begun_at = PROMISE.move(present=promise.state, to="kept"), now
        promise.save(update_fields=["state", "begun_at"])


def _move_promise(by: Account, *, to: str, now: datetime) -> Promise:
    _hold_all_of(by)
    promise = queries.promise_of(member=by)
    if promise is None or promise.state == "ended":
        raise errors.NoContact
    if promise.state != to:
        promise.state = PROMISE.move(present=promise.state, to=to)
        promise.save(update_fields=["state"])
        for there in queries.contacts_of(member=by):
            tell_contact(there, at=now)
    return promise


def _hold_all_of(by: Account) -> None:
    """The member, who is beside them, and who would step in for the contact person."""

    def wanted() -> set[UUID]:
        present = list(queries.contacts_of(member=by))
        return {by.id} | accounts_around(present, besides=_holders(by, part=Contact.Part.PRIMARY))

    hold_all(wanted)


def _holders(member: Account, *, part: str | None = None) -> set[UUID]:
    rows = queries.contacts_of(member=member)
    if part is not None:
        rows = rows.filter(part=part)
    return set(rows.values_list("holder__account", flat=True)) - {None}


def _primary_of(by: Account) -> Contact:
    primary = queries.contact_of(member=by)
    if primary is None:
        raise errors.NoContact
    return primary
