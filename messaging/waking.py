"""Whom an event of a conversation wakes: asked when it has happened, and again just before a push goes out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from backend.core.accounts.models import Account
from backend.core.push.queries import woken_owners, woken_while
from backend.core.push.registry import Place, register_silent, register_woken
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from messaging import events as kinds
from messaging.models import AdmissionRequest, Block, HeldMessage, Membership, Message

SILENT = {
    "nothing new is said": [
        kinds.MESSAGE_EDITED,
        kinds.MESSAGE_RETRACTED,
        kinds.MESSAGE_HIDDEN,
        kinds.MESSAGE_RESTORED,
        kinds.REACTION_CHANGED,
    ],
    "one's own saying; what comes back of it wakes": [kinds.MESSAGE_HELD],
    "about a place, and to nobody in particular": [
        kinds.MEMBERSHIP_CHANGED,
        kinds.MEMBERSHIP_ERASED,
        kinds.CONVERSATION_CHANGED,
    ],
    "one's own block": [kinds.CONVERSATION_RESET],
    "the decision wakes, or there was none": [kinds.MUTE_CHANGED],
    "the admission, the contact or the first message wakes": [kinds.CONVERSATION_ADDED],
    "one's own leaving, or the decision wakes": [kinds.CONVERSATION_REMOVED],
}


def register() -> None:
    """Called at `ready()`."""
    register_woken(kinds=[kinds.MESSAGE_CREATED], as_kind=Kind.MESSAGES, woken=woken_by_messages)
    register_woken(kinds=[kinds.ADMISSION_CHANGED], as_kind=Kind.GROUPS, woken=woken_by_admissions)
    register_woken(kinds=[kinds.MESSAGE_RETURNED], as_kind=Kind.MESSAGES, woken=woken_by_returned)
    register_woken(kinds=[kinds.HELD_CHANGED], as_kind=Kind.GROUPS, woken=woken_by_held)
    for why, silent in SILENT.items():
        register_silent(kinds=silent, why=why)


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


def woken_by_returned(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Whose message came back, as long as it is there."""
    held = HeldMessage.objects.filter(id__in=[event.ref for event in events], body__isnull=False)
    return woken_while(events, dict(held.values_list("id", "state")), ("returned", "lapsed"))


def woken_by_held(events: Sequence[Event], at: datetime) -> Mapping[Place, Collection[UUID]]:
    """Who leads, as long as something of somebody else waits there that came after what they last decided."""
    groups = {event.ref for event in events}
    held = HeldMessage.objects.filter(conversation__in=groups)
    waiting: dict[UUID, list[tuple[UUID, datetime]]] = {}
    for group, author, held_at in held.filter(state="waiting").values_list(
        "conversation", "membership__account", "held_at"
    ):
        waiting.setdefault(group, []).append((author, held_at))
    decided = held.filter(decided_by__isnull=False).values_list("conversation", "decided_by__account")
    last = {(group, account): when for group, account, when in decided.annotate(last=Max("decided_at"))}

    def wakes(event: Event, owner: UUID) -> bool:
        if event.ref is None:
            return False
        since = last.get((event.ref, owner))
        there = waiting.get(event.ref, ())
        return any(author != owner and (since is None or held_at > since) for author, held_at in there)

    return woken_owners(events, wakes)
