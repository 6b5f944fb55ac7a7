"""The events of conversations: their kinds, what each refers to, and how each is rendered as it is true now.

| kind                 | stream       | ref            | number          |
|----------------------|--------------|----------------|-----------------|
| message.created      | conversation |                | message's seq   |
| message.edited       | conversation |                | message's seq   |
| message.retracted    | conversation |                | message's seq   |
| message.hidden       | conversation |                | message's seq   |
| message.restored     | conversation |                | message's seq   |
| reaction.changed     | conversation | membership     | message's seq   |
| membership.changed   | conversation | membership     |                 |
| membership.erased    | conversation | membership     |                 |
| mute.changed         | conversation | membership     | (for them and who leads alone) |
| conversation.changed | conversation |                |                 |
| conversation.reset   | conversation | membership     | (for its owner alone) |
| conversation.added   | inbox        | conversation   |                 |
| conversation.removed | inbox        | conversation   |                 |
| admission.changed    | inbox        | request        | (of the asker, and of the leads)             |
| message.held         | inbox        | held message   | (of its author)                              |
| message.returned     | inbox        | held message   | (of its author)                              |
| held.changed         | inbox        | conversation   | (of who leads it)                            |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.core.streams import registry
from backend.core.streams.item import Effects, Item
from backend.core.streams.models import Event
from messaging import access, payloads
from messaging.models import AdmissionRequest, Conversation, HeldMessage, Membership, Message, Reaction
from messaging.shown import conversation_told, known_membership_told, membership_told, tell_messages

MESSAGE_CREATED = "message.created"
MESSAGE_EDITED = "message.edited"
MESSAGE_RETRACTED = "message.retracted"
MESSAGE_HIDDEN = "message.hidden"
MESSAGE_RESTORED = "message.restored"
REACTION_CHANGED = "reaction.changed"
MEMBERSHIP_CHANGED = "membership.changed"
MEMBERSHIP_ERASED = "membership.erased"
MUTE_CHANGED = "mute.changed"
CONVERSATION_CHANGED = "conversation.changed"
CONVERSATION_RESET = "conversation.reset"
CONVERSATION_ADDED = "conversation.added"
CONVERSATION_REMOVED = "conversation.removed"
ADMISSION_CHANGED = "admission.changed"
MESSAGE_HELD = "message.held"
MESSAGE_RETURNED = "message.returned"
HELD_CHANGED = "held.changed"


def register() -> None:
    """Called at `ready()`."""
    registry.register_views(access.views)
    for kinds, renderer in (
        ([MESSAGE_CREATED], render_created),
        ([MESSAGE_EDITED, MESSAGE_RETRACTED, MESSAGE_HIDDEN, MESSAGE_RESTORED], render_altered),
        ([REACTION_CHANGED], render_reactions),
        ([MEMBERSHIP_CHANGED], render_memberships),
        ([MEMBERSHIP_ERASED], render_erased),
        ([MUTE_CHANGED], render_mutes),
        ([CONVERSATION_CHANGED], render_conversations),
        ([CONVERSATION_RESET], render_resets),
        ([CONVERSATION_ADDED], render_added),
        ([CONVERSATION_REMOVED], render_removed),
        ([ADMISSION_CHANGED], render_admissions),
        ([MESSAGE_HELD, MESSAGE_RETURNED], render_held),
        ([HELD_CHANGED], render_removed),
    ):
        registry.register_renderer(kinds=kinds, renderer=renderer)


def render_created(events: Sequence[Event]) -> Iterable[Item]:
    """The whole message; what was edited arrives edited, what was retracted without its text."""
    found = _messages(events)
    for event in events:
        there = found.get((event.stream_id, event.number))
        yield _nothing(event) if there is None else _item(event, there[0], by=there[1])


def render_altered(events: Sequence[Event]) -> Iterable[Item]:
    """The message as it is now, with its own seq as `message_seq`."""
    found = _messages(events)
    for event in events:
        there = found.get((event.stream_id, event.number))
        if there is None:
            yield _nothing(event)
            continue
        told, by = there
        altered = {key: told[key] for key in ("conversation", "body", "edited_at", "retracted_at", "hidden_at")}
        told = {"message_seq": event.number, **altered}
        yield _item(event, told, by=by, effects=Effects(), about=event.number)


def render_reactions(events: Sequence[Event]) -> Iterable[Item]:
    """The reactions of one membership on one message, as they are now; none once it is retracted."""
    keys: dict[tuple[UUID, int, UUID], list[str]] = {}
    given = Reaction.objects.filter(_at(events), membership__in={event.ref for event in events})
    for reaction in given.order_by("key"):
        place = (reaction.conversation_id, reaction.seq, reaction.membership_id)
        keys.setdefault(place, []).append(reaction.key)
    rows = Message.objects.filter(_at(events)).values_list("conversation_id", "seq", "membership_id")
    writers = {(conversation, seq): membership for conversation, seq, membership in rows}
    for event in events:
        assert event.ref is not None
        assert event.number is not None
        writer = writers.get((event.stream_id, event.number))
        if writer is None:
            yield _nothing(event)
            continue
        told = {
            "message_seq": event.number,
            "membership": event.ref,
            "keys": keys.get((event.stream_id, event.number, event.ref), []),
        }
        yield _item(event, told, by=(event.ref, writer), about=event.number)


def render_memberships(events: Sequence[Event]) -> Iterable[Item]:
    """A membership as it is now. Who does not belong any more is not told in the conversation itself."""
    found = Membership.objects.in_bulk([event.ref for event in events])
    for event in events:
        there = found.get(event.ref)
        if there is None:
            yield _nothing(event)
            continue
        told = {"membership": membership_told(there)}
        refresh = () if there.account_id is None else (there.account_id,)
        yield _item(event, told, by=(there.id,), effects=Effects(refresh=refresh))


def render_erased(events: Sequence[Event]) -> Iterable[Item]:
    """Somebody has erased their account: no name any more, none of their words and reactions, nor those to them.

    `retracted_at` is what their messages say from now on, but for those that they had taken back before.
    """
    found = Membership.objects.in_bulk([event.ref for event in events])
    for event in events:
        there = found.get(event.ref)
        if there is None:
            yield _nothing(event)
            continue
        told = {"membership": membership_told(there), "retracted_at": payloads.utc(there.erased_at)}
        yield _item(event, told, by=(there.id,), effects=Effects())


def render_mutes(events: Sequence[Event]) -> Iterable[Item]:
    """Until when somebody cannot write: for them, and for who leads the group now. Nobody else learns of it."""
    found = Membership.objects.in_bulk([event.ref for event in events])
    leads: dict[UUID, set[UUID]] = {}
    leading = Membership.objects.filter(
        conversation__in={event.stream_id for event in events},
        conversation__kind=Conversation.Kind.GROUP,
        part=Membership.Part.LEAD,
        state="active",
    )
    for conversation, account in leading.values_list("conversation", "account"):
        leads.setdefault(conversation, set()).add(account)
    for event in events:
        there = found.get(event.ref)
        if there is None:
            yield _nothing(event)
            continue
        only = frozenset({*leads.get(event.stream_id, ()), *([there.account_id] if there.account_id else [])})
        told = {"membership": there.id, "muted_until": payloads.utc(there.muted_until)}
        # Refreshed, they leave those who share one frame, and are read for: else the hub gives it to nobody.
        yield _item(event, told, by=(there.id,), only=only, effects=Effects(refresh=tuple(only)))


def render_conversations(events: Sequence[Event]) -> Iterable[Item]:
    """The conversation as it is now."""
    found = _conversations({event.stream_id for event in events})
    for event in events:
        there = found.get(event.stream_id)
        yield _nothing(event) if there is None else _item(event, {"conversation": there}, effects=Effects())


def render_resets(events: Sequence[Event]) -> Iterable[Item]:
    """For the one account that is concerned: what it sees here has changed, it reads the conversation again."""
    owners = dict(Membership.objects.filter(id__in=[event.ref for event in events]).values_list("id", "account"))
    for event in events:
        owner = None if event.ref is None else owners.get(event.ref)
        if owner is None:
            yield _nothing(event)
            continue
        yield _item(event, {}, only=frozenset({owner}), effects=Effects(refresh=(owner,)))


def render_added(events: Sequence[Event]) -> Iterable[Item]:
    """A conversation that the inbox's owner belongs to, and the first seq they see: from an earlier time there, too."""
    owners = _memberships_of_inboxes(events)
    found = _conversations({event.ref for event in events if event.ref is not None})
    for event in events:
        mine, first = owners.get((event.stream_id, event.ref), (None, 0))
        if mine is None:  # left again: nothing to show, `conversation.removed` follows
            yield _nothing(event)
            continue
        told = {
            "conversation": found[mine.conversation_id],
            "membership": known_membership_told(mine),
            "first_seq": first,
            "read_seq": mine.read_to,
        }
        effects = Effects(opens=mine.conversation_id, opens_after=max(0, first - 1))
        yield _item(event, told, effects=effects)


def render_removed(events: Sequence[Event]) -> Iterable[Item]:
    """A conversation that the inbox's owner does not belong to any more, or where what waits has changed."""
    for event in events:
        yield _item(event, {"conversation": event.ref})


def render_admissions(events: Sequence[Event]) -> Iterable[Item]:
    """Somebody's request to join, for them and for who decides."""
    found = AdmissionRequest.objects.in_bulk([event.ref for event in events])
    for event in events:
        request = found.get(event.ref)
        if request is None:  # who asked has erased their account
            yield _item(event, {"request": event.ref, "group": None, "state": "withdrawn"})
            continue
        yield _item(event, {"request": request.id, "group": request.group_id, "state": request.state})


def render_held(events: Sequence[Event]) -> Iterable[Item]:
    """Where a message of one's own that waits stands; `seq` once it is posted."""
    found = HeldMessage.objects.in_bulk([event.ref for event in events])
    for event in events:
        there = found.get(event.ref)
        if there is None:
            yield _nothing(event)
            continue
        told = {"held": there.id, "conversation": there.conversation_id, "client_id": there.client_id}
        yield _item(event, {**told, "state": there.state, "message_seq": there.seq})


def _item(
    event: Event,
    told: dict[str, Any],
    *,
    by: tuple[UUID, ...] = (),
    only: frozenset[UUID] | None = None,
    effects: Effects | None = None,
    about: int | None = None,
) -> Item:
    data = payloads.dump({"type": event.kind, **told, "seq": event.seq})
    return Item(seq=event.seq, data=data, by=by, only=only, effects=effects, about=about)


def _nothing(event: Event) -> Item:
    """Its subject is gone for good: there is nothing left to tell."""
    return Item(seq=event.seq, data=b"")


def _at(events: Sequence[Event]) -> Q:
    """The messages that the events are about."""
    numbers: dict[UUID, set[int]] = {}
    for event in events:
        assert event.number is not None
        numbers.setdefault(event.stream_id, set()).add(event.number)
    wanted = Q()
    for stream, seqs in numbers.items():
        wanted |= Q(conversation_id=stream, seq__in=seqs)
    return wanted


def _messages(events: Sequence[Event]) -> dict[tuple[UUID, int | None], tuple[dict[str, Any], tuple[UUID, ...]]]:
    rows = {row.pk: row for row in Message.objects.filter(_at(events)).select_related("membership")}
    return {pk: (told, (rows[pk].membership_id,)) for pk, told in tell_messages(rows.values()).items()}


def _conversations(ids: set[UUID]) -> dict[UUID, dict[str, Any]]:
    rows = Conversation.objects.filter(id__in=ids).select_related("group")
    return {row.id: conversation_told(row) for row in rows}


def _memberships_of_inboxes(events: Sequence[Event]) -> dict[tuple[UUID, UUID | None], tuple[Membership, int]]:
    """By inbox and conversation: the present membership, and the first seq of all that its owner had there."""
    rows = Membership.objects.filter(
        account__inbox__in={event.stream_id for event in events},
        conversation__in={event.ref for event in events},
    ).select_related("account")
    first: dict[tuple[UUID, UUID], int] = {}
    present: dict[tuple[UUID, UUID], Membership] = {}
    for row in rows:
        assert row.account is not None  # found by its inbox
        place = (row.account.inbox, row.conversation_id)
        first[place] = min(row.visible_from, first.get(place, row.visible_from))
        if row.state == "active":
            present[place] = row
    return {place: (row, first[place]) for place, row in present.items()}
