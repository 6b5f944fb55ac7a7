"""Whom an event of a conversation wakes: asked when it has happened, and again just before a push goes out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account
from backend.core.push.registry import Place, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from messaging import events as kinds
from messaging.models import AdmissionRequest, Block, Membership, Message


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.MESSAGE_CREATED], as_kind=Kind.MESSAGES, woken=woken_by_messages)
    register_woken(kinds=[kinds.ADMISSION_CHANGED], as_kind=Kind.GROUPS, woken=woken_by_admissions)


def woken_by_messages(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Who belongs to it and may see it, but for the sender, who has it quiet, and who has a block with the sender.

    Whether somebody has it open elsewhere does not matter: that it was shown there does not say that it was seen.
    """
    wanted = Q(pk__in=[])
    for event in events:
        wanted |= Q(conversation_id=event.stream_id, seq=event.number)
    senders = {
        (conversation, seq): sender
        for conversation, seq, sender in Message.objects.filter(wanted, retracted_at=None, hidden_at=None).values_list(
            "conversation_id", "seq", "membership__account"
        )
    }
    conversations = {event.stream_id for event in events}
    awake = Membership.objects.filter(
        Q(quiet_until=None) | Q(quiet_until__lte=at), conversation__in=conversations, state="active"
    )
    members: dict[UUID, list[tuple[UUID, int]]] = {}
    for conversation, account, first in awake.values_list("conversation", "account", "visible_from"):
        members.setdefault(conversation, []).append((account, first))
    blocks = Block.objects.filter(conversation__in=conversations).values_list("conversation", "by", "of")
    apart = {(c, *pair) for c, by, of in blocks for pair in ((by, of), (of, by))}
    woken: dict[Place, list[UUID]] = {}
    for event in events:
        sender = senders.get((event.stream_id, event.seq))
        if sender is not None:
            woken[(event.stream_id, event.seq)] = [
                account
                for account, first in members.get(event.stream_id, ())
                if account != sender and first <= event.seq and (event.stream_id, account, sender) not in apart
            ]
    return woken


def woken_by_admissions(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Who decides, as long as somebody asks; who asked, once it is decided."""
    found = AdmissionRequest.objects.in_bulk([event.ref for event in events])
    owners = dict(Account.objects.filter(inbox__in={e.stream_id for e in events}).values_list("inbox", "id"))
    woken: dict[Place, list[UUID]] = {}
    for event in events:
        request, owner = found.get(event.ref), owners.get(event.stream_id)
        if request is None or owner is None:
            continue
        mine = request.account_id == owner
        if (request.state == "asked" and not mine) or (request.state in ("accepted", "declined") and mine):
            woken[(event.stream_id, event.seq)] = [owner]
    return woken
