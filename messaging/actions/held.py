"""Messages that wait for a person: held, changed or taken back by their author, posted or returned by who looks.

Held, they have no seq and are in no stream. Posted, they go the way of every message: a seq then, exactly once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.db.models import F

from backend.core.accounts.models import Account, Role
from backend.core.audit import audit
from backend.core.db import claim, write
from backend.core.errors import NotFound
from backend.core.sealing import datakeys, seal
from backend.core.streams.append import append
from backend.core.streams.models import Event
from backend.core.text import normalise_body
from messaging import access, errors, events
from messaging import held as sealed
from messaging.accepting.batch import TAG, Accepted, Send
from messaging.actions.locks import hold_conversations
from messaging.actions.speaking import check_may_speak
from messaging.holding.find import find
from messaging.models import Conversation, Group, HeldMessage, Membership, Message, SlowMode
from messaging.models.held import STATES
from messaging.payloads import Sender

MAX_WORD = 500  # characters of what somebody says who returns it
MOST_WAITING = 20  # of one membership
LOOKED_WITHIN = timedelta(hours=24)  # promised; then who moderates looks, too
WAITS_AT_MOST = timedelta(days=14)
KEPT = timedelta(days=30)  # what was returned, for its author to read
AT_ONCE = 200


@write
def hold_message(*, send: Send, now: datetime) -> HeldMessage | Accepted:
    """Hold what a batch said is to be held. The same send again is the same held message, or the one it has become.

    Raises `NotFound`, `ClientIdUsed`, `TooManyHeld` and what the policy refuses.
    """
    hold_conversations(send.conversation)
    mine = access.membership(by=send.account, conversation=send.conversation)
    group = Group.objects.get(conversation=send.conversation)
    proof = _proof(mine, send.client_id, send.body)
    known = _known(mine, send.client_id, proof)
    if known is not None:
        return known
    check_may_speak(mine=mine, now=now)
    if HeldMessage.objects.filter(membership=mine, state="waiting").count() >= MOST_WAITING:
        raise errors.TooManyHeld(retry_after=LOOKED_WITHIN.total_seconds())
    there = HeldMessage(
        id=uuid4(),
        conversation=mine.conversation,
        membership=mine,
        client_id=send.client_id,
        newcomer=mine.passed < group.hold_first,
        reply_to=send.reply_to,
        held_at=now,
        due_at=now + LOOKED_WITHIN,
    )
    _write_text(there, send.body, words=group.hold_words)
    there.save(force_insert=True)
    if group.slow_mode_s:
        again = {"next_send_at": now + timedelta(seconds=group.slow_mode_s)}
        SlowMode.objects.update_or_create(membership=mine, defaults=again)
    _tell(there, now=now)
    return there


@write
def edit_held(*, by: Account, held: UUID, body: str, now: datetime) -> HeldMessage:
    """Give it another text. Where nothing holds it any more, it is posted.

    Raises `NotFound`, `HeldDecided`, `TextRefused` and what the policy refuses.
    """
    text = normalise_body(text=body)
    there = _own(by, held)
    if there.state != "waiting":
        raise errors.HeldDecided
    check_may_speak(mine=there.membership, rules_due=by.rules_due, now=now)
    proof = _proof(there.membership, there.client_id, text)
    if seal.tag_matches(purpose=TAG, parts=proof, tag=bytes(there.tag)):
        return there
    group = Group.objects.get(conversation=there.conversation_id)
    there.first_tag = there.first_tag or there.tag
    there.version += 1
    there.newcomer = there.membership.passed < group.hold_first
    found = _write_text(there, text, words=group.hold_words)
    there.save()
    if not found and not there.newcomer:
        _post(there, now=now)
    _tell(there, now=now)
    return there


@write
def withdraw_held(*, by: Account, held: UUID, now: datetime) -> None:
    """Take it back, or put away what was returned. A second time changes nothing.

    Raises `NotFound`, and `HeldDecided` once it is posted.
    """
    there = _own(by, held)
    if there.state == "released":
        raise errors.HeldDecided
    if there.body is None:
        return
    if there.state == "waiting":
        there.state = STATES.move(present=there.state, to="withdrawn")
        there.decided_at = now
    _forget_text(there)
    there.save()
    _tell(there, now=now)


def release_held(*, role: Role, group: UUID, held: UUID, version: int, now: datetime) -> HeldMessage:
    """Post it, as who may decide here. `version` is that of the text that they have read. Again changes nothing.

    Raises `NotFound`, `HeldChanged`, `HeldDecided`, `ConversationEnded`.
    """
    try:
        return _release(role=role, group=group, held=held, version=version, now=now)
    except IntegrityError:  # the same send was posted by itself in this moment: now it is found
        return _release(role=role, group=group, held=held, version=version, now=now)


@write
def _release(*, role: Role, group: UUID, held: UUID, version: int, now: datetime) -> HeldMessage:
    there = _to_decide(group, held)
    if there.state == "released":
        return there
    _check_waits(there, version)
    if there.conversation.closed_at is not None:
        raise errors.ConversationEnded
    there.decided_by = role
    _post(there, now=now)
    _audit("held.released", there, role, now=now)
    _tell(there, now=now)
    return there


@write
def return_held(*, role: Role, group: UUID, held: UUID, version: int, word: str, now: datetime) -> HeldMessage:
    """Give it back to its author with a word, as who may decide here. Again changes nothing.

    Raises `NotFound`, `HeldChanged`, `HeldDecided`, `TextRefused`.
    """
    said = normalise_body(text=word, limit=MAX_WORD)
    there = _to_decide(group, held)
    if there.state == "returned":
        return there
    _check_waits(there, version)
    there.state = STATES.move(present=there.state, to="returned")
    there.decided_at, there.decided_by = now, role
    key = datakeys.key_of(there.conversation_id)
    there.word = seal.seal(key=key, text=said.encode(), aad=there.aad("word"))
    there.save()
    _audit("held.returned", there, role, now=now)
    _tell(there, now=now)
    return there


def drop_held(*, now: datetime) -> int:
    """What nobody looked at goes back to its author, what was decided on long ago is forgotten; → how many rows."""
    return _lapse(now=now) + _forget(now=now)


@write
def _lapse(*, now: datetime) -> int:
    rows = claim(HeldMessage.objects.filter(state="waiting", held_at__lte=now - WAITS_AT_MOST), limit=AT_ONCE)
    for there in rows:
        there.state = STATES.move(present=there.state, to="lapsed")
        there.decided_at = now
        there.save(update_fields=["state", "decided_at"])
        _tell(there, now=now)
    return len(rows)


@write
def _forget(*, now: datetime) -> int:
    rows = claim(HeldMessage.objects.filter(decided_at__lte=now - KEPT), limit=AT_ONCE)
    HeldMessage.objects.filter(id__in=[there.id for there in rows]).delete()
    return len(rows)


def _post(there: HeldMessage, *, now: datetime) -> None:
    """Post it: its seq comes with the event, in the write of the caller, who holds the conversation.

    If the same send was posted by itself meanwhile (the group held nothing for a while), that is it.
    """
    there.state = STATES.move(present=there.state, to="released")
    there.decided_at = now
    posted = Message.objects.filter(membership=there.membership_id, client_id=there.client_id).first()
    if there.newcomer:
        Membership.objects.filter(id=there.membership_id).update(passed=F("passed") + 1)
    if posted is not None:
        there.seq = posted.seq
        _forget_text(there)
        there.save()
        return
    body = there.body
    _forget_text(there)
    there.save()

    def insert(seq: int) -> None:
        row = Event.objects.filter(stream_id=there.conversation_id, seq=seq)
        row.update(number=seq)
        Message.objects.create(
            conversation_id=there.conversation_id,
            seq=seq,
            message_id=there.id,
            membership_id=there.membership_id,
            client_id=there.client_id,
            body=body,
            tag=there.tag,
            first_tag=there.first_tag,
            reply_to=there.reply_to,
            sent_at=row.values_list("at", flat=True).get(),
        )
        there.seq = seq
        HeldMessage.objects.filter(id=there.id).update(seq=seq)

    append(stream=there.conversation_id, kind=events.MESSAGE_CREATED, at=now, on_seq=insert)


def _known(mine: Membership, client_id: UUID, proof: tuple[bytes, ...]) -> HeldMessage | Accepted | None:
    """What the same `client_id` has become before. Raises `ClientIdUsed` for another text."""
    there = HeldMessage.objects.filter(membership=mine, client_id=client_id).first()
    posted = Message.objects.filter(membership=mine, client_id=client_id).first()
    first = posted or there
    if first is None:
        return None
    if not seal.tag_matches(purpose=TAG, parts=proof, tag=bytes(first.first_tag or first.tag)):
        raise errors.ClientIdUsed
    if posted is None:
        return there
    sender = Sender(membership=mine.id, alias=mine.alias, avatar_key=mine.avatar_key, peer=mine.peer_id)
    return Accepted(mine.conversation_id, posted.seq, posted.message_id, posted.sent_at, sender, again=True)


def _write_text(there: HeldMessage, text: str, *, words: bool) -> bool:
    """Seal the text and what was found in it; → whether there was anything."""
    found = find(text) if words else ()
    key = datakeys.key_of(there.conversation_id)
    there.body = seal.seal(key=key, text=text.encode(), aad=sealed.body_place(there))
    there.why = seal.seal(key=key, text=sealed.pack(found), aad=there.aad("why"))
    there.tag = seal.tag(purpose=TAG, parts=_proof(there.membership, there.client_id, text))
    return bool(found)


def _forget_text(there: HeldMessage) -> None:
    there.body = there.why = there.word = None


def _proof(mine: Membership, client_id: UUID, text: str) -> tuple[bytes, ...]:
    return (mine.conversation_id.bytes, mine.id.bytes, client_id.bytes, text.encode())


def _own(by: Account, held_id: UUID) -> HeldMessage:
    """The caller's own, in a conversation that the write holds from here on."""
    place = access.own_held(by=by, held=held_id).conversation_id
    hold_conversations(place)
    access.own_held(by=by, held=held_id)
    return _locked(held_id)


def _to_decide(group: UUID, held_id: UUID) -> HeldMessage:
    """One of the group's, by somebody who still belongs to it. Raises `NotFound`."""
    hold_conversations(group)
    there = _locked(held_id, conversation=group, membership__state="active")
    if there.state == "withdrawn":
        raise NotFound
    return there


def _locked(held_id: UUID, **where: object) -> HeldMessage:
    there = HeldMessage.objects.select_for_update().filter(id=held_id, **where).first()
    if there is None:
        raise NotFound
    there.conversation = Conversation.objects.get(id=there.conversation_id)
    there.membership = Membership.objects.select_related("account", "conversation").get(id=there.membership_id)
    return there


def _check_waits(there: HeldMessage, version: int) -> None:
    if there.state != "waiting":
        raise errors.HeldDecided
    if there.version != version:
        raise errors.HeldChanged


def _tell(there: HeldMessage, *, now: datetime) -> None:
    """Its author, and who leads."""
    kind = events.MESSAGE_RETURNED if there.state in ("returned", "lapsed") else events.MESSAGE_HELD
    inbox = Account.objects.values_list("inbox", flat=True).get(memberships=there.membership_id)
    append(stream=inbox, kind=kind, ref=there.id, at=now)
    leads = Membership.objects.filter(conversation=there.conversation_id, state="active", part=Membership.Part.LEAD)
    for each in leads.order_by("account__inbox").values_list("account__inbox", flat=True):
        append(stream=each, kind=events.HELD_CHANGED, ref=there.conversation_id, at=now)


def _audit(action: str, there: HeldMessage, role: Role, *, now: datetime) -> None:
    told = {"held": str(there.id), "role": str(role.id), "kind": role.kind}
    audit(action=action, at=now, by=role.account_id, subject=there.membership.account_id, data=told)
