"""Handovers: asked by who is beside a member, said yes to by all three, and done when the member confirms it.

Who gives stays responsible until then. Everything here holds the accounts of all three first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.sealing import datakeys, seal
from backend.core.text import normalise_body
from messaging.actions.introductions import end_introduction, start_introduction
from messaging.actions.locks import hold_conversations
from peers.contacts import access, errors
from peers.contacts.actions.contacts import place
from peers.contacts.actions.stopping import close_handover
from peers.contacts.events import tell_handover
from peers.contacts.models import Contact, Handover
from peers.contacts.models.handover import OPEN, STATES
from peers.contacts.queries import caseload_of

ANSWERED_WITHIN = timedelta(days=14)  # else it lapses, and everything stays as it is
CONFIRMED_WITHIN = timedelta(days=28)  # from the introduction on
MAX_NOTE = 2000  # characters


@write
def ask_handover(*, by: Account, member: UUID, to: UUID, note: str | None, now: datetime) -> Handover:
    """Ask to give a member, named by their membership in the direct talk, into the care of another peer expert.

    `note` is a proposal that only the member reads. Raises `NotFound` for who is not beside that member, and for a
    peer expert of whom the caller cannot know; `HandoverOpen`, `BesideOneself`, and what a text is refused for.
    """
    contact = access.held_contact(by=by, membership=member)
    receiving = access.known_peer(by=contact.holder, peer=to)
    hold_all(lambda: {by.id, contact.member_id, receiving.account_id})
    contact = access.held_contact(by=by, membership=member)
    receiving = access.running_peer(role=receiving.id)
    if receiving.account_id in (by.id, contact.member_id):
        raise errors.BesideOneself
    if Handover.objects.filter(contact=contact, state__in=OPEN).exists():
        raise errors.HandoverOpen
    there = Handover(
        contact=contact,
        member=contact.member,
        giving=contact.holder,
        receiving=receiving,
        asked_at=now,
        due_at=now + ANSWERED_WITHIN,
    )
    there.draft = _seal(there, "draft", note)
    there.save(force_insert=True)
    tell_handover(there, at=now)
    return there


@write
def accept_handover(*, by: Account, handover: UUID, now: datetime) -> Handover:
    """The yes of who receives. A second time changes nothing. Raises `NotFound`, `CaseloadFull`, `Conflict`."""
    there = _held(by, handover, side="receiving")
    if there.state == "asked" and there.received_at is None:
        _check_room(there)
        there.received_at = now
        there.save(update_fields=["received_at"])
        return _after_a_yes(there, now=now)
    _check_still(there, "asked", "introduced")
    return there


@write
def decline_handover(*, by: Account, handover: UUID, now: datetime) -> Handover:
    """The no of who receives: all stays as it is. A second time changes nothing. Raises `NotFound`, `Conflict`."""
    return _close(by, handover, side="receiving", to="declined", now=now)


@write
def consent_handover(*, by: Account, handover: UUID, note: str | None, now: datetime) -> Handover:
    """The yes of the member to being introduced. A second time changes nothing.

    `note`: what the member has written or approved; who receives reads it from the introduction on, and nothing else.
    Raises `NotFound`, `Conflict`, and what a text is refused for.
    """
    there = _held(by, handover, side="member")
    if there.state == "asked" and there.agreed_at is None:
        there.agreed_at, there.note, there.draft = now, _seal(there, "note", note), None
        there.save(update_fields=["agreed_at", "note", "draft"])
        return _after_a_yes(there, now=now)
    _check_still(there, "asked", "introduced")
    return there


@write
def refuse_handover(*, by: Account, handover: UUID, now: datetime) -> Handover:
    """The no of the member: all stays as it is. A second time changes nothing. Raises `NotFound`, `Conflict`."""
    return _close(by, handover, side="member", to="refused", now=now)


@write
def withdraw_handover(*, by: Account, handover: UUID, now: datetime) -> Handover:
    """Who gives takes it back; they stay. A second time changes nothing. Raises `NotFound`, `Conflict`."""
    return _close(by, handover, side="giving", to="withdrawn", now=now)


@write
def redirect_handover(*, by: Account, handover: UUID, now: datetime) -> Handover:
    """The member, introduced, wishes for somebody else: who gives stays, and looks further.

    A second time changes nothing. Raises `NotFound`, `Conflict`.
    """
    return _close(by, handover, side="member", to="redirected", now=now)


@write
def confirm_handover(*, by: Account, handover: UUID, now: datetime) -> Handover:
    """The member, introduced, takes the new contact person: from now on they are responsible.

    The talk with who gave stays open for a goodbye. A second time changes nothing.
    Raises `NotFound`, `Conflict`, `PeerUnavailable`, `CaseloadFull`.
    """
    there = _held(by, handover, side="member")
    if there.state == "done":
        return there
    STATES.move(present=there.state, to="done")
    talk = there.introduction
    held = hold_conversations(talk.id) if talk is not None else {}
    place(member=there.member, role=there.receiving, part=there.contact.part, instead_of=there.contact, now=now)
    close_handover(there, to="done", now=now)
    for conversation in held.values():
        end_introduction(conversation=conversation, now=now)
    return there


def note_for(there: Handover, *, side: str) -> str | None:
    """What somebody may read beside a handover: the member the proposal or their own, who receives the member's own."""
    column = "note" if there.note is not None else "draft"
    if side == "giving" or (side == "receiving" and (column == "draft" or there.state != "introduced")):
        return None
    sealed = getattr(there, column)
    if sealed is None:
        return None
    return seal.unseal(key=datakeys.key_of(there.member_id), sealed=bytes(sealed), aad=there.aad(column)).decode()


def _held(by: Account, handover: UUID, *, side: str) -> Handover:
    """The handover, with the accounts of all three held."""

    def concerned() -> set[UUID]:
        there = access.handover(by=by, handover=handover, side=side)
        roles = [role for role in (there.giving, there.receiving) if role is not None]
        return {there.member_id, *(role.account_id for role in roles)}

    hold_all(concerned)
    return access.handover(by=by, handover=handover, side=side, lock=True)


def _after_a_yes(there: Handover, *, now: datetime) -> Handover:
    """With the third yes the three meet."""
    if there.received_at is not None and there.agreed_at is not None:
        if there.giving is None:
            raise errors.PeerUnavailable
        _check_room(there)
        there.introduction = start_introduction(
            member=there.member, giving=there.giving, receiving=access.running_peer(role=there.receiving_id), now=now
        )
        there.state, there.due_at = STATES.move(present=there.state, to="introduced"), now + CONFIRMED_WITHIN
        there.save(update_fields=["introduction", "state", "due_at"])
    tell_handover(there, at=now)
    return there


def _close(by: Account, handover: UUID, *, side: str, to: str, now: datetime) -> Handover:
    there = _held(by, handover, side=side)
    if there.state == to:
        return there
    STATES.move(present=there.state, to=to)
    talk = there.introduction_id
    held = hold_conversations(talk) if talk is not None else {}
    close_handover(there, to=to, now=now)
    for conversation in held.values():
        end_introduction(conversation=conversation, now=now)
    return there


def _check_room(there: Handover) -> None:
    """Who is the backup already takes nobody on by becoming the contact person."""
    held = Contact.objects.filter(member=there.member, holder=there.receiving, state="active").exists()
    role = access.running_peer(role=there.receiving_id)
    if not held:
        access.check_room(role=role, held=caseload_of(role))


def _check_still(there: Handover, *states: str) -> None:
    if there.state not in states:
        raise errors.Over


def _seal(there: Handover, column: str, text: str | None) -> bytes | None:
    if not text:
        return None
    body = normalise_body(text=text, limit=MAX_NOTE)
    return seal.seal(key=datakeys.key_of(there.member_id), text=body.encode(), aad=there.aad(column))
