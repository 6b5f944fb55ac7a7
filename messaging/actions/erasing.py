"""Somebody has erased their account: in each place their name and words go, at a time of its own.

Were it one moment everywhere, whoever looks at two places would see which two names belong to one person. So a
membership, or a request to join, is a piece (`backend/core/erasure/registry.py`), also of those that ended long ago.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.erasure.registry import BY_STEP, WITH_ACCOUNT, Part, kept
from backend.core.streams.append import append
from messaging import ends, events
from messaging.actions.belonging import end_membership
from messaging.actions.direct import end_direct
from messaging.actions.introductions import end_introduction
from messaging.actions.leading import announce_if_unled
from messaging.actions.locks import hold_beside, hold_conversations
from messaging.models import (
    AdmissionRequest,
    Block,
    Conversation,
    HeldMessage,
    Membership,
    Message,
    MessageVersion,
    Reaction,
    SlowMode,
)
from messaging.models.admission import STATES


def follow_erasure(account: Account, at: datetime) -> None:
    """They do not fall silent before their name goes: it is one thing to see, not two."""
    Membership.objects.filter(account=account, show_due_at__isnull=False).update(show_due_at=None)


def pieces_of(account: UUID) -> Iterable[UUID]:
    """Every membership that there ever was, and every request that somebody may still see."""
    yield from Membership.objects.filter(account=account).values_list("id", flat=True)
    yield from AdmissionRequest.objects.filter(account=account, state="asked").values_list("id", flat=True)


@write
def take_piece(account: UUID, ref: UUID, at: datetime) -> None:
    """One membership or one request. Again changes nothing."""
    place = Membership.objects.filter(id=ref, account=account).values_list("conversation", flat=True).first()
    if place is not None:
        _erase_membership(ref, account=account, conversation=place, now=at)
    asked = AdmissionRequest.objects.filter(id=ref, account=account).values_list("group", flat=True).first()
    if asked is not None:
        _erase_request(ref, group=asked, now=at)


def _erase_membership(ref: UUID, *, account: UUID, conversation: UUID, now: datetime) -> None:
    held = hold_beside(account, conversations=lambda: {conversation})
    talk = hold_conversations(conversation)[conversation]
    there = Membership.objects.filter(id=ref, account=account).first()
    if there is None:
        return
    led = there.part == Membership.Part.LEAD
    if there.state == "active":
        if talk.kind == Conversation.Kind.DIRECT:
            end_direct(conversation=talk, how=ends.How.LEFT, by=held.get(account), now=now)
        elif talk.kind == Conversation.Kind.INTRODUCTION:
            end_introduction(conversation=talk, how=ends.How.LEFT, by=held.get(account), now=now)
        end_membership(there=there, to="left", now=now)
    _drop_held(there, now=now)
    reading_anew = _drop_blocks(there, account=account)
    SlowMode.objects.filter(membership=there).delete()
    there.account = there.peer = None
    there.alias = there.alias_key = there.avatar_key = ""
    there.part = Membership.Part.MEMBER
    there.muted_until = there.quiet_until = there.show_due_at = None
    there.dormant, there.read_seq, there.passed = False, 0, 0
    there.erased_at = now
    there.save()

    def wipe(seq: int) -> None:  # under the lock of the stream's head: no message of theirs comes after it
        _wipe_words(there, now=now)

    append(stream=conversation, kind=events.MEMBERSHIP_ERASED, ref=there.id, at=now, on_seq=wipe)
    if led and talk.kind == Conversation.Kind.GROUP:
        announce_if_unled(conversation=talk, now=now)
    for mine in reading_anew:
        append(stream=conversation, kind=events.CONVERSATION_RESET, ref=mine, at=now)


def _wipe_words(there: Membership, *, now: datetime) -> None:
    theirs = Message.objects.filter(membership=there)
    at = max(now, theirs.aggregate(at=Max("sent_at"))["at"] or now)
    Membership.objects.filter(id=there.id).update(erased_at=at)
    seqs = list(theirs.values_list("seq", flat=True))
    place = Q(conversation_id=there.conversation_id, seq__in=seqs)
    MessageVersion.objects.filter(place).delete()
    Reaction.objects.filter(place | Q(membership=there)).delete()
    theirs.update(body=None, tag=b"", first_tag=None, retracted_at=Coalesce(F("retracted_at"), at))


def _drop_held(there: Membership, *, now: datetime) -> None:
    """What waits for a person; who leads does not look at it any more."""
    waiting = HeldMessage.objects.filter(membership=there)
    waited = waiting.filter(state="waiting").exists()
    waiting.delete()
    if waited:
        leads = Membership.objects.filter(conversation=there.conversation_id, state="active", part=Membership.Part.LEAD)
        for inbox in leads.order_by("account__inbox").values_list("account__inbox", flat=True):
            append(stream=inbox, kind=events.HELD_CHANGED, ref=there.conversation_id, at=now)


def _drop_blocks(there: Membership, *, account: UUID) -> list[UUID]:
    """Without an account there is nobody to hide; → the memberships of who now sees the empty place, and reads anew.

    Only what was made about this membership, or by it while it is the last one here: another goes at its own time.
    """
    others = Membership.objects.filter(conversation=there.conversation_id, account=account).exclude(id=there.id)
    blocks = Block.objects.filter(conversation=there.conversation_id)
    gone = blocks.filter(Q(membership=there) | (Q(by=account) if not others.exists() else Q(pk__in=[])))
    around = set(blocks.filter(by=account).values_list("of", flat=True))
    around |= set(blocks.filter(of=account).values_list("by", flat=True))
    gone.delete()
    seen_by = Membership.objects.filter(conversation=there.conversation_id, account__in=around, state="active")
    return sorted(seen_by.values_list("id", flat=True))


def _erase_request(ref: UUID, *, group: UUID, now: datetime) -> None:
    hold_conversations(group)
    there = AdmissionRequest.objects.select_related("account").get(id=ref)
    there.alias = there.alias_key = there.avatar_key = ""
    there.answer = there.peer = None
    asked = there.state == "asked"
    if asked:
        there.state, there.decided_at = STATES.move(present=there.state, to="withdrawn"), now
    there.save()
    if asked:
        leads = Membership.objects.filter(conversation=group, part=Membership.Part.LEAD, state="active")
        for inbox in sorted({there.account.inbox, *leads.values_list("account__inbox", flat=True)}):
            append(stream=inbox, kind=events.ADMISSION_CHANGED, ref=there.id, at=now)


@write
def clear(account: UUID, at: datetime) -> None:
    """Requests that were decided long ago; nobody is shown them any more."""
    AdmissionRequest.objects.filter(account=account).exclude(state="asked").delete()


PART = Part(
    name="messaging",
    order=40,
    models={
        "Conversation": kept("the others' talk"),
        "Group": kept("what a group says of itself is the group's"),
        "DirectTalk": WITH_ACCOUNT,
        "Introduction": WITH_ACCOUNT,
        "AdmissionRequest": WITH_ACCOUNT,
        "Membership": BY_STEP,
        "SlowMode": BY_STEP,
        "Block": WITH_ACCOUNT,
        "HeldMessage": BY_STEP,
        "Message": BY_STEP,
        "MessageVersion": BY_STEP,
        "Reaction": BY_STEP,
    },
    stop=follow_erasure,
    clear=clear,
    pieces=pieces_of,
    take=take_piece,
)
