"""Messages as one viewer may see them, each read with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.streams import store
from backend.core.streams.item import View
from messaging import access, shown
from messaging.models import Message, Reaction


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A part of the history, oldest first. `seq` is where it is true at: what changed later comes as events after it.

    `prev` is to be passed as `before` for what was said earlier, `next` as `after` for what was said later; None: no
    more.
    """

    seq: int
    items: list[dict[str, Any]]
    prev: int | None
    next: int | None


def history(
    *, by: Account, conversation: UUID, before: int | None = None, after: int | None = None, limit: int
) -> MessagePage:
    """Up to `limit` messages with their reactions: the newest, or the ones before or after a seq. Raises `NotFound`."""
    head = store.heads_of([conversation]).get(conversation)  # first: the rows may be newer than this, never older
    view = access.view_of(account=by.id, conversation=conversation)
    if head is None or view is None:
        raise NotFound
    rows = _seen(view, conversation).filter(seq__lte=head)
    if after is not None:
        found = list(rows.filter(seq__gt=after).order_by("seq")[: limit + 1])
    else:
        found = list((rows if before is None else rows.filter(seq__lt=before)).order_by("-seq")[: limit + 1])
    more, page = len(found) > limit, found[:limit]
    if after is None:
        page.reverse()
    behind = bool(page) and (more if after is None else True)
    ahead = bool(page) and (before is not None if after is None else more)
    return MessagePage(
        seq=head,
        items=_with_reactions(page, view),
        prev=page[0].seq if behind else None,
        next=page[-1].seq if ahead else None,
    )


def message_seen(*, by: Account, conversation: UUID, seq: int) -> dict[str, Any]:
    """One message with its reactions. Raises `NotFound`."""
    view = access.view_of(account=by.id, conversation=conversation)
    if view is None:
        raise NotFound
    told = _with_reactions(_seen(view, conversation).filter(seq=seq), view)
    if not told:
        raise NotFound
    return told[0]


def _seen(view: View, conversation: UUID) -> Any:
    """The messages of the conversation that the viewer sees, with their senders."""
    spans = Q()
    for first, last in view.spans:
        spans |= Q(seq__gte=first) if last is None else Q(seq__gte=first, seq__lte=last)
    rows = Message.objects.filter(spans, conversation_id=conversation).exclude(membership__in=view.hidden)
    return rows.select_related("membership")


def _with_reactions(rows: Iterable[Message], view: View) -> list[dict[str, Any]]:
    """The messages as they are shown, each with who reacted how, without those the viewer has a block with."""
    told = shown.tell_messages(rows)
    seqs = [seq for _, seq in told]
    given: dict[int, dict[str, list[UUID]]] = {}
    found = Reaction.objects.filter(conversation_id__in={c for c, _ in told}, seq__in=seqs)
    for seq, key, membership in (
        found.exclude(membership__in=view.hidden).order_by("key", "membership").values_list("seq", "key", "membership")
    ):
        given.setdefault(seq, {}).setdefault(key, []).append(membership)
    return [
        {
            **message,
            "reactions": [{"key": key, "memberships": who} for key, who in given.get(seq, {}).items()],
        }
        for (_, seq), message in told.items()
    ]
