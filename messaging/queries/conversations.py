"""The conversations of one account, each with what a list of talks shows: as many queries for one as for hundreds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.streams import store
from messaging import access, payloads, shown
from messaging.models import Conversation, Membership, Message

NEVER = 2**62  # a seq that no stream reaches


def memberships_of(*, account: Account) -> QuerySet[Membership]:
    """The account's present memberships."""
    return Membership.objects.filter(account=account, state="active")


def existing_conversations(ids: set[UUID]) -> set[UUID]:
    """Those of the ids that are conversations."""
    return set(Conversation.objects.filter(id__in=ids).values_list("id", flat=True))


def conversation_entry(*, by: Account, conversation: UUID) -> dict[str, Any]:
    """One of the caller's conversations. Raises `NotFound`."""
    access.membership(by=by, conversation=conversation)
    entries = conversation_entries(by=by, conversations=[conversation])
    if not entries:  # left between the two
        raise NotFound
    return entries[0]


def conversation_entries(*, by: Account, conversations: Collection[UUID]) -> list[dict[str, Any]]:
    """The caller's conversations among these, in the order given; each is true at its `seq`."""
    heads = store.heads_of(conversations)  # first: the rows may be newer than this, never older
    views = access.views(by.id, next(iter(conversations)) if len(conversations) == 1 else None)
    hidden = {membership for view in views.values() for membership in view.hidden}
    said = Message.objects.filter(conversation_id=OuterRef("conversation")).exclude(membership__in=hidden)
    span = said.filter(seq__gte=OuterRef("visible_from"), seq__lte=Coalesce(OuterRef("visible_to"), NEVER))
    rows = (
        Membership.objects.filter(account=by, conversation__in=conversations)
        .select_related("conversation__group")
        .annotate(last_seq=Subquery(span.order_by("-seq").values("seq")[:1]))
    )
    present: dict[UUID, Any] = {}
    last: dict[UUID, int] = {}
    first: dict[UUID, int] = {}
    for row in rows:
        first[row.conversation_id] = min(row.visible_from, first.get(row.conversation_id, row.visible_from))
        if row.last_seq is not None:
            last[row.conversation_id] = max(row.last_seq, last.get(row.conversation_id, 0))
        if row.state == "active":
            present[row.conversation_id] = row
    messages = _messages(last)
    others = _others(by=by, mine=present, hidden=hidden)
    return [
        {
            "conversation": shown.conversation_told(mine.conversation),
            "membership": shown.known_membership_told(mine),
            "others": others.get(conversation),
            "seq": heads[conversation],
            "first_seq": first[conversation],
            "read_seq": mine.read_to,
            "unread": _is_unread(mine, messages.get(conversation)),
            "quiet_until": payloads.utc(mine.quiet_until),
            "last_message": messages.get(conversation),
        }
        for conversation in conversations
        if (mine := present.get(conversation)) is not None and conversation in heads
    ]


def _is_unread(mine: Membership, last: dict[str, Any] | None) -> bool:
    """Whether somebody else spoke last, and later than the member has read. Who spoke last has been there."""
    return last is not None and last["seq"] > mine.read_to and last["sender"]["membership"] != mine.id


def _messages(last: dict[UUID, int]) -> dict[UUID, dict[str, Any]]:
    """The last message of each conversation."""
    rows = Message.objects.filter(pk__in=list(last.items())).select_related("membership")
    return {conversation: told for (conversation, _), told in shown.tell_messages(rows).items()}


def _others(*, by: Account, mine: dict[UUID, Membership], hidden: set[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """With whom the direct talks are."""
    direct = {c for c, row in mine.items() if row.conversation.kind != Conversation.Kind.GROUP}
    found: dict[UUID, list[dict[str, Any]]] = {conversation: [] for conversation in direct}
    rows = Membership.objects.filter(conversation__in=direct, state="active").exclude(id__in=hidden)
    for row in rows.exclude(account=by).order_by("id"):
        found[row.conversation_id].append(shown.membership_told(row))
    return found
