"""What a member takes along of conversations: their own words, everywhere; nobody else's.

A reply carries the seq of what it replies to. Others are told nowhere, but for who was talked with in a role, by the
alias of that role. A row of a conversation names it by the same id in every part.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import F

from backend.core.accounts.models import Account
from backend.core.exports.registry import AT_ONCE, Asking, Batch, Row, each, leave_out, register_part, rows_of
from backend.core.sealing import datakeys, seal
from messaging.held import opened
from messaging.models import (
    AdmissionRequest,
    Block,
    Conversation,
    DirectTalk,
    Group,
    HeldMessage,
    Introduction,
    Membership,
    Message,
    MessageVersion,
    Reaction,
    SlowMode,
)
from messaging.shown import unsealed

log = logging.getLogger(__name__)

PLACES = 20  # memberships of which one batch reads messages


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="conversations",
        says="Where one belongs or belonged, each time under an alias of its own.",
        read=rows_of(_memberships, _conversations),
        models=(Membership, Conversation, Group, DirectTalk, Introduction),
    )
    register_part(
        name="messages",
        says="One's own messages: `hidden`, by a decision; `body` is null once retracted. Of a reply, the seq.",
        read=_messages,
        models=(Message,),
    )
    register_part(
        name="reactions",
        says="One's own reactions.",
        read=rows_of(lambda account: Reaction.objects.filter(membership__account=account), each(_reaction)),
        models=(Reaction,),
    )
    register_part(
        name="held_messages",
        says="One's own messages that wait for a person, or waited.",
        read=rows_of(
            lambda account: HeldMessage.objects.filter(membership__account=account), _held, by=("held_at", "id")
        ),
        models=(HeldMessage,),
    )
    register_part(
        name="admission_requests",
        says="Where one asked to join. The answer to the group's question is gone once somebody has decided.",
        read=rows_of(
            lambda account: AdmissionRequest.objects.filter(account=account).select_related("group"),
            _requests,
            by=("asked_at", "id"),
        ),
        models=(AdmissionRequest,),
    )
    register_part(
        name="blocks",
        says="Where one has blocked somebody; not whom.",
        read=rows_of(lambda account: Block.objects.filter(by=account), each(_block)),
        models=(Block,),
    )
    leave_out(MessageVersion, why="taken back by its author: reachable only by a report, and gone after 30 days")
    leave_out(SlowMode, why="until when a few seconds last")


def _memberships(account: Account) -> Any:
    direct, met = "conversation__direct__peer", "conversation__introduction"
    return (
        Membership.objects.filter(account=account)
        .select_related("conversation__group")
        .annotate(
            peer_account=F(f"{direct}__account"),
            peer_alias=F(f"{direct}__alias"),
            giving_account=F(f"{met}__giving__account"),
            giving_alias=F(f"{met}__giving__alias"),
            receiving_account=F(f"{met}__receiving__account"),
            receiving_alias=F(f"{met}__receiving__alias"),
        )
    )


def _conversations(found: Sequence[Any], asking: Asking) -> Iterable[Row]:
    for there in found:
        talk = there.conversation
        yield {
            "conversation": talk.id,
            "kind": talk.kind,
            "title": talk.group.title if talk.kind == Conversation.Kind.GROUP else None,
            "with": [
                getattr(there, f"{who}_alias")
                for who in ("peer", "giving", "receiving")
                if getattr(there, f"{who}_account") not in (None, asking.account.id)
            ],
            "opened_at": talk.created_at,
            "closed_at": talk.closed_at,
            "alias": there.alias,
            "avatar_key": there.avatar_key,
            "part": there.part,
            "in_role": there.peer_id is not None,
            "state": there.state,
            "muted_until": there.muted_until,
            "quiet_until": there.quiet_until,
            "read_seq": there.read_seq,
        }


def _messages(asking: Asking) -> Batch:
    """By membership, and by seq in each: the conversation's own order is the index that is read.

    `after` is [membership, seq].
    """
    first, seq = asking.after or (None, 0)
    mine = Membership.objects.filter(account=asking.account).order_by("id").values_list("id", "conversation")
    places = list((mine if first is None else mine.filter(id__gte=first))[: PLACES + 1])
    more, places = places[PLACES:], places[:PLACES]
    rows: list[Message] = []
    after: Any = [str(more[0][0]), 0] if more else None
    for membership, conversation in places:
        since = seq if str(membership) == first else 0
        own = Message.objects.filter(conversation_id=conversation, membership=membership, seq__gt=since)
        found = list(own.order_by("seq")[: AT_ONCE + 1 - len(rows)])
        if len(rows) + len(found) > AT_ONCE:
            found.pop()
            rows += found
            after = [str(membership), found[-1].seq if found else since]
            break
        rows += found
    keys = datakeys.found_keys({row.conversation_id for row in rows if row.body is not None})
    return Batch([_message(row, keys.get(row.conversation_id)) for row in rows], after)


def _message(there: Message, key: AESGCM | None) -> Row:
    return {
        "conversation": there.conversation_id,
        "seq": there.seq,
        "sent_at": there.sent_at,
        "body": _text(there, key),
        "reply_to": there.reply_to,
        "edited_at": there.edited_at,
        "retracted_at": there.retracted_at,
        "hidden": there.hidden_at is not None,
    }


def _text(there: Message, key: AESGCM | None) -> str | None:
    if there.body is None:
        return None
    try:
        return unsealed(there, key=key)
    except seal.Unreadable:  # it must not hold up the rest
        log.error("a message cannot be opened")
        return None


def _reaction(there: Reaction) -> Row:
    return {"conversation": there.conversation_id, "seq": there.seq, "key": there.key}


def _held(found: Sequence[HeldMessage], asking: Asking) -> Iterable[Row]:
    keys = datakeys.found_keys({there.conversation_id for there in found if there.body is not None})
    for there in found:
        key = keys.get(there.conversation_id)
        text = opened(there, key=key) if key is not None else None
        yield {
            "conversation": there.conversation_id,
            "state": there.state,
            "body": text.body if text else None,
            "found": [str(hit.kind) for hit in text.hits] if text else [],
            "newcomer": there.newcomer,
            "reply_to": there.reply_to,
            "held_at": there.held_at,
            "decided_at": there.decided_at,
            "seq": there.seq,
        }


def _requests(found: Sequence[AdmissionRequest], asking: Asking) -> Iterable[Row]:
    keys = datakeys.found_keys({there.group_id for there in found if there.answer is not None})
    for there in found:
        yield {
            "conversation": there.group_id,
            "title": there.group.title,
            "alias": there.alias,
            "answer": _answer(there, keys),
            "state": there.state,
            "asked_at": there.asked_at,
            "decided_at": there.decided_at,
        }


def _answer(there: AdmissionRequest, keys: dict[UUID, AESGCM]) -> str | None:
    if there.answer is None or there.group_id not in keys:
        return None
    return seal.unseal(key=keys[there.group_id], sealed=bytes(there.answer), aad=there.answer_aad).decode()


def _block(there: Block) -> Row:
    return {"conversation": there.conversation_id, "made_at": there.made_at}
