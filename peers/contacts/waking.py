"""Whom contacts and handovers wake: who is told something that they have not done themselves.

Who did it is seen in what has become of it; nothing more is written down for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.core.push.queries import woken_owners
from backend.core.push.registry import Place, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from messaging.models import Block
from peers.contacts import events as kinds
from peers.contacts.models import Contact, Handover

Why = Contact.Why
_BY_THE_MEMBER = {Why.CHANGED, Why.ENDED, Why.FOLLOWED}
_BY_NONE_OF_THEIRS = {Why.STOPPED, Why.BLOCKED}  # nothing that the member has done, unless they blocked
_GIVING, _RECEIVING, _MEMBER = "giving", "receiving", "member"
# Who has brought a handover to its end; None: nobody, or not one of the three.
_ENDED_BY: Mapping[str, str | None] = {
    "done": _MEMBER,
    "refused": _MEMBER,
    "redirected": _MEMBER,
    "declined": _RECEIVING,
    "withdrawn": _GIVING,
    "lapsed": None,
}


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.CONTACT_CHANGED], as_kind=Kind.CONTACTS, woken=woken_by_contacts)
    register_woken(kinds=[kinds.HANDOVER_CHANGED], as_kind=Kind.CONTACTS, woken=woken_by_handovers)


def woken_by_contacts(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Into whose care somebody comes or goes; the member, when somebody stopped, and when somebody steps in."""
    rows = Contact.objects.select_related("holder", "conversation").in_bulk([event.ref for event in events])
    steps_in = [there.member_id for there in rows.values() if there.interim and there.state == "active"]
    stopped = Contact.objects.filter(member__in=steps_in, part="primary", why__in=_BY_NONE_OF_THEIRS)
    left_alone = set(stopped.values_list("member", "ended_at"))
    talks = [there.conversation_id for there in rows.values() if there.why == Why.BLOCKED]
    blocked = set(Block.objects.filter(conversation__in=talks).values_list("conversation", "by"))

    def wakes(event: Event, owner: UUID) -> bool:
        there = rows.get(event.ref)
        if there is None:
            return False
        if there.why == Why.BLOCKED and (there.conversation_id, owner) in blocked:
            return False
        if there.member_id != owner:
            mine = there.holder is not None and there.holder.account_id == owner
            return mine and (there.state == "active" or there.why in _BY_THE_MEMBER | {Why.BLOCKED})
        if there.state != "active":
            return there.why in _BY_NONE_OF_THEIRS
        talk = there.conversation
        found_later = talk is not None and talk.created_at > there.begun_at
        return there.interim and (found_later or (owner, there.begun_at) in left_alone)

    return woken_owners(events, wakes)


def woken_by_handovers(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Whose yes is awaited; then all but the one by whom it went on or ended."""
    rows = Handover.objects.select_related("giving", "receiving", "contact").in_bulk([event.ref for event in events])

    def wakes(event: Event, owner: UUID) -> bool:
        there = rows.get(event.ref)
        side = None if there is None else _side_of(there, owner)
        if there is None or side is None:
            return False
        if there.state == "asked":
            awaited = {_RECEIVING: there.received_at, _MEMBER: there.agreed_at}
            return side in awaited and awaited[side] is None
        if there.state == "introduced":
            return side != _last_yes(there)
        if there.state == "called_off":  # one of the two stopped: whose contact ended, or else who was to receive
            return side != (_GIVING if there.contact.state == "ended" else _RECEIVING)
        return side != _ENDED_BY[there.state]

    return woken_owners(events, wakes)


def _side_of(there: Handover, owner: UUID) -> str | None:
    if owner == there.member_id:
        return _MEMBER
    if there.giving is not None and owner == there.giving.account_id:
        return _GIVING
    return _RECEIVING if owner == there.receiving.account_id else None


def _last_yes(there: Handover) -> str:
    received, agreed = there.received_at, there.agreed_at
    return _MEMBER if received is None or (agreed is not None and agreed >= received) else _RECEIVING
