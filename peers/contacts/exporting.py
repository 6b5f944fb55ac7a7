"""What a member takes along of who was beside them: by the alias of their role. Not whom one was beside oneself."""

from __future__ import annotations

from backend.core.exports.registry import Row, each, register_part, rows_of
from backend.core.sealing import datakeys, seal
from peers.contacts.models import Change, Contact, Handover, Promise
from peers.contacts.shown import reason_of


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="promise",
        says="Whether somebody is responsible for being beside one.",
        read=rows_of(lambda account: Promise.objects.filter(member=account), each(_promise), by=("member_id",)),
        models=(Promise,),
    )
    register_part(
        name="contacts",
        says="Who is and was beside one.",
        read=rows_of(
            lambda account: Contact.objects.filter(member=account).select_related("holder", "organisation"),
            each(_contact),
            by=("begun_at", "id"),
        ),
        models=(Contact,),
    )
    register_part(
        name="contact_changes",
        says="When one wished for somebody else.",
        read=rows_of(lambda account: Change.objects.filter(member=account), each(_change), by=("asked_at", "id")),
        models=(Change,),
    )
    register_part(
        name="handovers",
        says="When somebody gave one into another's care, with the note that one wrote or approved.",
        read=rows_of(
            lambda account: Handover.objects.filter(member=account).select_related("giving", "receiving"),
            each(_handover),
            by=("asked_at", "id"),
        ),
        models=(Handover,),
    )


def _promise(there: Promise) -> Row:
    return {"state": there.state, "begun_at": there.begun_at}


def _contact(there: Contact) -> Row:
    return {
        "part": there.part,
        "who": there.holder.alias if there.holder else None,
        "organisation": there.organisation.name if there.organisation else None,
        "interim": there.interim,
        "conversation": there.conversation_id,
        "begun_at": there.begun_at,
        "ended_at": there.ended_at,
    }


def _change(there: Change) -> Row:
    return {
        "state": there.state,
        "reason": reason_of(there),
        "asked_at": there.asked_at,
        "closed_at": there.closed_at,
    }


def _handover(there: Handover) -> Row:
    note = None
    if there.note is not None:  # not the draft: those are words of who gives
        key = datakeys.key_of(there.member_id)
        note = seal.unseal(key=key, sealed=bytes(there.note), aad=there.aad("note")).decode()
    return {
        "giving": there.giving.alias if there.giving else None,
        "receiving": there.receiving.alias,
        "note": note,
        "state": there.state,
        "asked_at": there.asked_at,
        "agreed_at": there.agreed_at,
        "introduction": there.introduction_id,
        "closed_at": there.closed_at,
    }
