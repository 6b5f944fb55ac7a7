"""Contacts and handovers as each side may see them, with a fixed number of queries for any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.core.accounts.models import Account, Role
from backend.core.sealing import datakeys, seal
from messaging import payloads
from messaging.models import Membership
from peers.contacts import access, queries
from peers.contacts.models import Change, Contact, Handover
from peers.contacts.models.handover import OPEN


def own_contact_shown(*, by: Account, at: datetime) -> dict[str, Any]:
    """Who is beside the caller, when each can read next, and what is under way."""
    promise = queries.promise_of(member=by)
    present = list(queries.contacts_of(member=by))
    readers = queries.readers_of(roles=[row.holder for row in present if row.holder is not None], at=at)
    beside = {row.part: _beside(row, readers[row.holder.id]) for row in present if row.holder is not None}
    primary = next((row for row in present if row.part == Contact.Part.PRIMARY), None)
    change = queries.open_change_of(member=by)
    goodbyes = Contact.objects.filter(member=by, goodbye_until__gt=at).select_related("holder")
    return {
        "state": promise.state if promise is not None else "none",
        "primary": beside.get(Contact.Part.PRIMARY),
        "backup": beside.get(Contact.Part.BACKUP),
        "nobody_yet": primary is not None and primary.holder_id is None,
        "change": None
        if change is None
        else {"asked_at": payloads.utc(change.asked_at), "reason_code": reason_of(change)},
        "handovers": list(
            Handover.objects.filter(member=by, state__in=OPEN).order_by("asked_at").values_list("id", flat=True)
        ),
        "goodbyes": [
            {
                "peer": peer_told(row.holder),
                "conversation": row.conversation_id,
                "until": payloads.utc(row.goodbye_until),
            }
            for row in goodbyes.order_by("goodbye_until")
        ],
    }


def members_shown(found: Sequence[Contact], *, by: Account) -> list[dict[str, Any]]:
    """Those whom the caller is beside, each as in their talk. A wish and its reason only for who has stepped in."""
    talks = {row.conversation_id for row in found}
    members: dict[tuple[UUID | None, UUID | None], Membership] = {
        (row.conversation_id, row.account_id): row
        for row in Membership.objects.filter(conversation__in=talks, state="active")
    }
    accounts = [row.member_id for row in found]
    paused = set(queries.paused_among(accounts))
    changes = {row.member_id: row for row in queries.open_changes_among(accounts)}
    handovers = queries.open_handovers_of([row.id for row in found])
    told = []
    for row in found:
        there = members.get((row.conversation_id, row.member_id))
        change = changes.get(row.member_id) if row.interim else None
        told.append(
            {
                "contact": row.id,
                "part": row.part,
                "interim": row.interim,
                "paused": row.member_id in paused,
                "conversation": row.conversation_id,
                "member": None if there is None else _named(there),
                "begun_on": row.begun_at.date(),
                "change": None if change is None else {"reason_code": _reason_for(change, by)},
                "handover": handovers.get(row.id),
            }
        )
    return told


def handover_shown(there: Handover, *, by: Account, note: str | None) -> dict[str, Any]:
    """A handover as one of the three may see it. The member is who they are in the own talk, or in the introduction."""
    (side,) = access.sides_of(there, by)
    return {
        "id": there.id,
        "side": side,
        "part": there.contact.part,
        "state": there.state,
        "giving": peer_told(there.giving),
        "receiving": peer_told(there.receiving),
        "member": None if side == "member" else _member_of(there, side),
        "accepted": there.received_at is not None,
        "consented": there.agreed_at is not None,
        "introduction": there.introduction_id,
        "note": note,
        "asked_on": there.asked_at.date(),
        "due_at": payloads.utc(there.due_at),
    }


def reader_shown(reader: queries.Reader) -> dict[str, Any]:
    """Who can read next what is written to them, and when."""
    return {
        "peer": peer_told(reader.role),
        "reads_now": reader.reading.now,
        "reads_next_at": payloads.utc(reader.reading.next_at),
        "away_until": payloads.utc(reader.away_until),
        "on_duty": reader.on_duty,
    }


def peer_told(role: Role | None) -> dict[str, Any] | None:
    """Somebody in their role, as everybody knows them who knows them."""
    return None if role is None else {"peer": role.id, "alias": role.alias, "avatar_key": role.avatar_key}


def reason_of(change: Change) -> str | None:
    """What the member gave as a reason, for themselves."""
    if change.reason is None:
        return None
    key = datakeys.key_of(change.member_id)
    return seal.unseal(key=key, sealed=bytes(change.reason), aad=change.reason_aad).decode()


def _named(there: Membership) -> dict[str, Any]:
    return {"membership": there.id, "alias": there.alias, "avatar_key": there.avatar_key}


def _reason_for(change: Change, by: Account) -> str | None:
    """The reason, never for the person that it is about, whatever else they are now."""
    about = change.about
    return None if about is None or about.account_id == by.id else reason_of(change)


def _beside(row: Contact, reader: queries.Reader) -> dict[str, Any]:
    return {
        "contact": row.id,
        "part": row.part,
        "interim": row.interim,
        "peer": peer_told(reader.role),
        "organisation": row.organisation.name if row.organisation is not None else None,
        "conversation": row.conversation_id,
        "office_hours": reader.office_hours,
        "away_until": payloads.utc(reader.away_until),
        "reads_now": reader.reading.now,
        "reads_next_at": payloads.utc(reader.reading.next_at),
    }


def _member_of(there: Handover, side: str) -> UUID | None:
    """Who gives knows the member by their own direct talk, who receives by the introduction."""
    talk = there.contact.conversation_id if side == "giving" else there.introduction_id
    found = Membership.objects.filter(conversation=talk, account=there.member_id, state="active")
    return found.values_list("id", flat=True).first() if talk is not None else None
