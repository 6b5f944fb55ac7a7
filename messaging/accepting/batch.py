"""One batch of sends, from locked heads to inserted rows, without input or output of its own.

`questions()` says what to ask the database, all at once; `decide()` makes outcomes and statements of the answers. The
writer asks on a connection of its own, with many sends at once, `actions.messages` on Django's with one; both commit
afterwards, and only then answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.errors import DomainError
from backend.core.pipeline import Query, Rows
from backend.core.sealing import seal
from backend.core.streams.item import Batch, Item
from messaging import errors
from messaging.accepting.policy import Facts, is_held, verdict
from messaging.hours import OpeningHours, parse_hours
from messaging.payloads import Sender, message_created

# Under the heads' locks nobody joins, leaves, is muted or edits the group: those writes end by moving the same head.
LOCK = "SELECT id, head, at FROM streams_stream WHERE id = ANY(%b::uuid[]) ORDER BY id FOR UPDATE"
# Each lateral part is one look into one index; of plain joins the planner may make a read of the whole conversation.
FACTS = """
SELECT i.ord, m.id, m.alias, m.avatar_key, m.peer_id, m.part, m.muted_until, c.closed_at, g.slow_mode_s,
       g.opening_hours, n.next_send_at,
       (m.passed < g.hold_first)::int + 2 * g.hold_words::int + 8 * s.rules_due::int
         + 4 * (g.paused_why = 'leads_away')::int + 16 * (g.paused_why = 'unwatched')::int,
       d.seq, d.message_id, d.sent_at, coalesce(d.first_tag, d.tag)
FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[])
     WITH ORDINALITY AS i(conversation_id, account_id, session_id, client_id, ord)
CROSS JOIN LATERAL (
  SELECT * FROM messaging_membership
  WHERE conversation_id = i.conversation_id AND account_id = i.account_id AND state = 'active' LIMIT 1) m
CROSS JOIN LATERAL (
  SELECT a.rules_due FROM accounts_session s JOIN accounts_account a ON a.id = s.account_id
  WHERE s.id = i.session_id AND s.account_id IS NOT DISTINCT FROM i.account_id AND s.revoked_at IS NULL
    AND (s.expires_at IS NULL OR s.expires_at > %b::timestamptz) AND a.locked_at IS NULL LIMIT 1) s
CROSS JOIN LATERAL (SELECT closed_at FROM messaging_conversation WHERE id = i.conversation_id LIMIT 1) c
LEFT JOIN LATERAL (SELECT * FROM messaging_group WHERE conversation_id = i.conversation_id LIMIT 1) g ON true
LEFT JOIN LATERAL (SELECT * FROM messaging_slowmode WHERE membership_id = m.id LIMIT 1) n ON true
LEFT JOIN LATERAL (
  SELECT * FROM messaging_message WHERE membership_id = m.id AND client_id = i.client_id LIMIT 1) d ON true
"""
# Which of the messages that are replied to the sender sees: said while they belonged, by nobody they have a block with.
REPLIES = """
SELECT i.ord
FROM unnest(%b::int[], %b::uuid[], %b::uuid[], %b::bigint[]) AS i(ord, conversation_id, account_id, reply_to)
CROSS JOIN LATERAL (
  SELECT membership_id FROM messaging_message
  WHERE conversation_id = i.conversation_id AND seq = i.reply_to LIMIT 1) r
CROSS JOIN LATERAL (SELECT account_id FROM messaging_membership WHERE id = r.membership_id LIMIT 1) w
WHERE EXISTS (
  SELECT FROM messaging_membership v
  WHERE v.account_id = i.account_id AND v.conversation_id = i.conversation_id
    AND v.visible_from <= i.reply_to AND (v.visible_to IS NULL OR v.visible_to >= i.reply_to)
)
AND NOT EXISTS (
  SELECT FROM messaging_block b
  WHERE b.conversation_id = i.conversation_id
    AND (b.by_id = i.account_id AND b.of_id = w.account_id OR b.by_id = w.account_id AND b.of_id = i.account_id)
)
"""
INSERT = """
WITH m AS MATERIALIZED (
  SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::uuid[], %b::uuid[], %b::uuid[], %b::bytea[], %b::bytea[],
                       %b::bigint[], %b::timestamptz[])
           AS m(conversation_id, seq, message_id, membership_id, client_id, body, tag, reply_to, sent_at)
), heads AS (
  UPDATE streams_stream s SET head = h.head, at = h.at, unpushed = true
  FROM (SELECT conversation_id, max(seq) AS head, max(sent_at) AS at FROM m GROUP BY conversation_id) h
  WHERE s.id = h.conversation_id
), events AS (
  INSERT INTO streams_event (stream_id, seq, kind, ref, number, at)
  SELECT conversation_id, seq, 'message.created', NULL, seq, sent_at FROM m
)
INSERT INTO messaging_message
  (conversation_id, seq, message_id, membership_id, client_id, body, version, tag, reply_to, sent_at)
SELECT conversation_id, seq, message_id, membership_id, client_id, body, 1, tag, reply_to, sent_at FROM m
"""
# A table of its own: whoever changes a membership locks its row before the head, and here the head is locked already.
SLOW = """
INSERT INTO messaging_slowmode (membership_id, next_send_at)
SELECT id, at FROM unnest(%b::uuid[], %b::timestamptz[]) AS s(id, at)
ON CONFLICT (membership_id) DO UPDATE SET next_send_at = excluded.next_send_at
"""
# For a connection that runs these statements only. They touch few rows of large tables, always by an index; statistics
# that lag behind a fast growing table (and plans that were made for an empty one) would let them read all of it. There
# is one good plan whatever the arrays hold, so it is made once: making it anew took half of the time of a batch of one.
PLANS = (
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c jit=off"
    " -c plan_cache_mode=force_generic_plan"
)
TAG = "message-tag"


class Send(NamedTuple):
    """One message to accept; `body` is normalised already."""

    account: UUID
    session: UUID
    conversation: UUID
    client_id: UUID
    body: str
    reply_to: int | None = None


class Accepted(NamedTuple):
    """The first result for a `client_id`; `again` when it had been accepted before."""

    conversation: UUID
    seq: int
    id: UUID
    sent_at: datetime
    sender: Sender
    again: bool = False


@dataclass(frozen=True, slots=True)
class ToHold:
    """It waits for a person: whoever asked holds it (`actions.held`), in a write of its own."""


Outcome = Accepted | ToHold | DomainError


@dataclass(slots=True)
class _Talk:
    """One conversation of the batch: where its stream was and is by now, and what was said."""

    after: int
    head: int
    at: datetime
    items: list[Item] = field(default_factory=list)
    hours: OpeningHours | None = None


@dataclass(slots=True)
class _Taken:
    """What the batch has come to so far."""

    keys: Mapping[UUID, AESGCM]
    now: datetime
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    firsts: dict[tuple[int, int], tuple[Accepted, bytes]] = field(default_factory=dict)  # by membership and client_id
    slow: dict[UUID, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """`outcomes` in the order of the sends, `statements` that make them true, and `batches` to ring once they do."""

    outcomes: list[Outcome]
    statements: list[Query]
    batches: list[Batch]


def questions(sends: Sequence[Send], *, now: datetime) -> list[Query]:
    """Lock the heads, then read the facts: in this order, in the transaction that `decide`'s statements end."""
    asked = _columns([(s.conversation, s.account, s.session, s.client_id) for s in sends])
    replies = [(n, s.conversation, s.account, s.reply_to) for n, s in enumerate(sends) if s.reply_to is not None]
    return [
        (LOCK, (sorted({send.conversation for send in sends}),)),
        (FACTS, (*asked, now)),
        *([(REPLIES, _columns(replies))] if replies else ()),
    ]


def decide(sends: Sequence[Send], answers: Sequence[Rows], *, keys: Mapping[UUID, AESGCM], now: datetime) -> Decision:
    """What becomes of the sends, by the answers to their `questions`. Each send stands on its own."""
    locked, found, *seen_rows = answers
    talks = {stream: _Talk(head, head, at) for stream, head, at in locked}
    facts = {row[0]: row for row in found}
    seen = {row[0] for row in seen_rows[0]} if seen_rows else set()
    taken = _Taken(keys, now)
    outcomes: list[Outcome] = []
    for n, send in enumerate(sends):
        row, talk = facts.get(n + 1), talks.get(send.conversation)
        if row is None or talk is None:
            outcomes.append(errors.NoSuchConversation())
        else:
            outcomes.append(_one(send, row, talk, n in seen, taken))
    batches = [
        Batch(stream=stream, after=talk.after, to=talk.head, items=tuple(talk.items))
        for stream, talk in talks.items()
        if talk.items
    ]
    return Decision(outcomes, _statements(taken), batches)


def _statements(taken: _Taken) -> list[Query]:
    statements: list[Query] = []
    if taken.messages:
        statements.append((INSERT, _columns(taken.messages)))
    if taken.slow:
        statements.append((SLOW, _columns(taken.slow.items())))
    return statements


def _one(send: Send, row: tuple[Any, ...], talk: _Talk, reply_seen: bool, taken: _Taken) -> Outcome:
    _, membership, alias, avatar_key, peer, part, muted_until, closed_at, slow_mode_s, open_at, *more = row
    next_send_at, brake, *first = more
    text = send.body.encode()
    sender = Sender(membership=membership, alias=alias, avatar_key=avatar_key, peer=peer)
    proof = (send.conversation.bytes, membership.bytes, send.client_id.bytes, text)
    if first[0] is not None:  # accepted in an earlier batch
        found = Accepted(send.conversation, first[0], first[1], first[2], sender, again=True)
        return found if seal.tag_matches(purpose=TAG, parts=proof, tag=bytes(first[3])) else errors.ClientIdUsed()
    own = (membership.int, send.client_id.int)
    double = taken.firsts.get(own)
    if double is not None:  # twice in this batch
        same = seal.tag_matches(purpose=TAG, parts=proof, tag=double[1])
        return double[0]._replace(again=True) if same else errors.ClientIdUsed()
    if open_at and talk.hours is None:
        talk.hours = parse_hours(data=orjson.loads(open_at))
    facts = Facts(
        part=part,
        muted_until=muted_until,
        next_send_at=taken.slow.get(membership, next_send_at) if slow_mode_s else None,
        closed_at=closed_at,
        slow_mode_s=slow_mode_s or 0,
        hours=talk.hours,
        brake=brake or 0,
    )
    refusal = verdict(facts=facts, reply_to=send.reply_to, reply_seen=reply_seen, now=taken.now)
    if refusal is not None:
        return refusal
    if brake and is_held(facts=facts, body=send.body):
        return ToHold()
    seq, sent_at, message_id = talk.head + 1, max(talk.at, taken.now), uuid4()
    talk.head, talk.at = seq, sent_at
    if slow_mode_s and part != "lead":
        taken.slow[membership] = sent_at + timedelta(seconds=slow_mode_s)
    place = body_aad(message=message_id, version=1, conversation=send.conversation, membership=membership)
    body = seal.seal(key=taken.keys[send.conversation], text=text, aad=place)
    tag = seal.tag(purpose=TAG, parts=proof)
    taken.messages.append(
        (send.conversation, seq, message_id, membership, send.client_id, body, tag, send.reply_to, sent_at)
    )
    data = message_created(
        seq=seq,
        message_id=message_id,
        conversation=send.conversation,
        sender=sender,
        body=send.body,
        sent_at=sent_at,
        reply_to=send.reply_to,
    )
    talk.items.append(Item(seq=seq, data=data, by=(membership,)))
    accepted = Accepted(send.conversation, seq, message_id, sent_at, sender)
    taken.firsts[own] = (accepted, tag)
    return accepted


def body_aad(*, message: UUID, version: int, conversation: UUID, membership: UUID) -> bytes:
    """Where a message's text belongs; a text moved to another message does not open."""
    return seal.aad("message", message, "body", version, conversation, membership)


def _columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))
