"""What a member does with messages: send, edit, retract, react, note how far they have read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from backend.core.accounts.models import Account, Session
from backend.core.db import write
from backend.core.errors import DomainError, Forbidden, Invalid, Unavailable
from backend.core.pipeline import Rows
from backend.core.sealing import datakeys, seal
from backend.core.streams import store
from backend.core.streams.append import append
from backend.core.text import normalise_body
from backend.core.vocabulary import Reaction as ReactionKey
from messaging import access, errors, events
from messaging.accepting.batch import TAG, Accepted, Decision, Send, ToHold, body_aad, decide, questions
from messaging.actions.held import hold_message
from messaging.actions.speaking import check_is_not_held, check_may_speak
from messaging.models import HeldMessage, Membership, Message, MessageVersion, Reaction

RACES = 3
MOST_VERSIONS = 50  # of one message
MOST_REACTIONS = 3  # of one membership on one message
REACTION_KEYS = frozenset(ReactionKey)


def send_message(
    *,
    by: Account,
    session: Session,
    conversation: UUID,
    client_id: UUID,
    body: str,
    reply_to: int | None = None,
    now: datetime,
) -> Accepted:
    """Accept a message as a batch of one, on Django's own connection. Raises what the policy refuses.

    Where a server process runs, its writer takes sends instead, many at once. For places that hold nothing of the
    sender's: elsewhere it is `send_or_hold`.
    """
    text = normalise_body(text=body)
    accepted = send_or_hold(send=Send(by.id, session.id, conversation, client_id, text, reply_to), now=now)
    assert isinstance(accepted, Accepted)
    return accepted


def send_or_hold(*, send: Send, now: datetime) -> Accepted | HeldMessage:
    """A batch of one; what waits for a person is held, in a write of its own. Raises what the policy refuses."""
    outcome = accept_alone(send=send, now=now)
    return hold_message(send=send, now=now) if isinstance(outcome, ToHold) else outcome


def accept_alone(*, send: Send, now: datetime) -> Accepted | ToHold:
    """A batch of one: the one write that is not `@write`, because it gives the seqs itself. Durable once it returns."""
    for _ in range(RACES):
        try:
            with transaction.atomic(durable=True):
                decision = accept_batch([send], now=now)
        except IntegrityError as fault:
            if not isinstance(fault.__cause__, UniqueViolation):
                raise
            continue  # the same send won the race elsewhere; now it is found
        store.announce(decision.batches)
        (outcome,) = decision.outcomes
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome
    raise Unavailable


@write
def edit_message(*, by: Account, conversation: UUID, seq: int, body: str, now: datetime) -> Message:
    """Give the caller's own message another text; the one before stays sealed for a while.

    The same text changes nothing. Raises `TextRefused`, `NotFound`, `Forbidden`, `MessageRetracted`,
    `MessageHidden`, `WouldBeHeld`, `EditsUsedUp` and what the policy refuses.
    """
    text = normalise_body(text=body)
    mine = access.membership(by=by, conversation=conversation)
    there = _own_message(mine=mine, seq=seq)
    _check_is_shown(there)
    check_may_speak(mine=mine, rules_due=by.rules_due, now=now)
    proof = (conversation.bytes, mine.id.bytes, there.client_id.bytes, text.encode())
    if seal.tag_matches(purpose=TAG, parts=proof, tag=bytes(there.tag)):
        return there
    check_is_not_held(mine=mine, body=text)
    if there.version >= MOST_VERSIONS:
        raise errors.EditsUsedUp
    _keep_version(there, now=now)
    there.first_tag = there.first_tag or there.tag
    there.version += 1
    place = body_aad(message=there.message_id, version=there.version, conversation=conversation, membership=mine.id)
    there.body = seal.seal(key=datakeys.key_of(conversation), text=text.encode(), aad=place)
    there.tag = seal.tag(purpose=TAG, parts=proof)
    there.edited_at = max(now, there.sent_at)
    there.save(update_fields=["first_tag", "version", "body", "tag", "edited_at"])
    append(
        stream=conversation,
        kind=events.MESSAGE_EDITED,
        number=seq,
        at=now,
        on_seq=lambda _: check_may_speak(mine=access.membership(by=by, conversation=conversation), now=now),
    )
    return there


@write
def retract_message(*, by: Account, conversation: UUID, seq: int, now: datetime) -> Message:
    """Take back the caller's own message, with the reactions to it. Nobody is shown its text again.

    Allowed to who is muted, and where the talk has ended. A second time changes nothing. Raises `NotFound` or
    `Forbidden`.
    """
    mine = access.membership(by=by, conversation=conversation)
    there = _own_message(mine=mine, seq=seq)
    if there.retracted_at is not None:
        return there
    _keep_version(there, now=now)
    there.body = None
    there.retracted_at = max(now, there.sent_at)
    there.save(update_fields=["body", "retracted_at"])
    Reaction.objects.filter(conversation_id=conversation, seq=seq).delete()
    append(stream=conversation, kind=events.MESSAGE_RETRACTED, number=seq, at=now)
    return there


@write
def react(*, by: Account, conversation: UUID, seq: int, key: str, now: datetime) -> None:
    """Put a reaction on a message; the same one again changes nothing.

    Raises `Invalid` for a key that there is not, `NotFound`, `Muted`, `ConversationEnded`, `MessageRetracted`,
    `MessageHidden`, `ReactionsUsedUp`.
    """
    _check_key(key)
    mine = access.membership(by=by, conversation=conversation)
    there = access.message(mine=mine, seq=seq, lock=True)  # locked: reactions to one message come one after the other
    _check_is_shown(there)
    _check_may_react(mine=mine, now=now)
    given = set(Reaction.objects.filter(conversation_id=conversation, seq=seq, membership=mine).values_list("key"))
    if (key,) in given:
        return
    if len(given) >= MOST_REACTIONS:
        raise errors.ReactionsUsedUp
    Reaction.objects.create(conversation_id=conversation, seq=seq, membership=mine, key=key)
    append(
        stream=conversation,
        kind=events.REACTION_CHANGED,
        ref=mine.id,
        number=seq,
        at=now,
        on_seq=lambda _: _check_may_react(mine=access.membership(by=by, conversation=conversation), now=now),
    )


@write
def unreact(*, by: Account, conversation: UUID, seq: int, key: str, now: datetime) -> None:
    """Take a reaction back; one that is not there changes nothing. Raises `Invalid`, `NotFound`."""
    _check_key(key)
    mine = access.membership(by=by, conversation=conversation)
    access.message(mine=mine, seq=seq, lock=True)
    gone, _ = Reaction.objects.filter(conversation_id=conversation, seq=seq, membership=mine, key=key).delete()
    if gone:
        append(stream=conversation, kind=events.REACTION_CHANGED, ref=mine.id, number=seq, at=now)


@write
def mark_read(*, by: UUID, conversation: UUID, seq: int, now: datetime) -> bool:
    """Note that the account has read up to `seq`; only forwards. Private: nobody else is told. → whether it moved.

    `by` is the account's id, for the socket has no more. Raises `NotFound`, `SeqUnknown`.
    """
    mine = access.membership(by=by, conversation=conversation)
    if seq > store.heads_of([conversation])[conversation]:
        raise errors.SeqUnknown
    return bool(Membership.objects.filter(id=mine.id, read_seq__lt=seq).update(read_seq=seq))


def accept_batch(sends: Sequence[Send], *, now: datetime) -> Decision:
    """Questions, decision and statements on Django's connection, within the caller's transaction."""
    keys = datakeys.found_keys({send.conversation for send in sends})
    with connection.cursor() as cursor:

        def ask(sql: str, params: tuple[Any, ...]) -> Rows:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description is not None else ()

        decision = decide(sends, [ask(*query) for query in questions(sends, now=now)], keys=keys, now=now)
        for query in decision.statements:
            ask(*query)
    return decision


def _own_message(*, mine: Membership, seq: int) -> Message:
    """Locked. This membership's only: who came back under another alias would give it away by changing an old one."""
    there = access.message(mine=mine, seq=seq, lock=True)
    if there.membership_id != mine.id:
        raise Forbidden
    return there


def _keep_version(there: Message, *, now: datetime) -> None:
    MessageVersion.objects.create(
        conversation_id=there.conversation_id,
        seq=there.seq,
        version=there.version,
        body=there.body,
        tag=there.tag,
        superseded_at=now,
    )


def _check_is_shown(there: Message) -> None:
    if there.retracted_at is not None:
        raise errors.MessageRetracted
    if there.hidden_at is not None:
        raise errors.MessageHidden


def _check_key(key: str) -> None:
    if key not in REACTION_KEYS:
        raise Invalid("reaction_unknown")


def _check_may_react(*, mine: Membership, now: datetime) -> None:
    if mine.conversation.closed_at is not None:
        raise errors.ConversationEnded
    if mine.muted_until is not None and mine.muted_until > now:
        raise errors.Muted
