"""Coming into a group: somebody asks, and a person decides."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.sealing import datakeys, seal
from backend.core.streams.append import append
from backend.core.text import normalise_body
from messaging import access, errors, events
from messaging.actions.aliases import Name, choose_name, name_of_peer
from messaging.actions.belonging import begin_membership
from messaging.actions.locks import hold_accounts, hold_conversations, hold_peer_role
from messaging.models import AdmissionRequest, Membership
from messaging.models.admission import STATES

MAX_ANSWER = 1000  # characters


@write
def ask_admission(
    *,
    by: Account,
    group: UUID,
    alias: str | None = None,
    avatar_key: str | None = None,
    answer: str | None = None,
    as_peer: bool = False,
    now: datetime,
    rng: Chance = secrets,
) -> AdmissionRequest:
    """Ask to join, under an alias of its own for this group, or `as_peer` as the peer expert that one is.

    Raises `NotFound`, `RulesFirst`, `ConversationEnded`, `AlreadyMember`, `AlreadyAsked`, `WasRemoved`,
    `PeerExpertNeeded`, `AliasFromRole`, and what the alias and the answer are refused for.
    """
    account = hold_accounts(by.id)[by.id]
    role = hold_peer_role(account) if as_peer else None
    conversation = hold_conversations(group)[group]
    access.group(by=by, group=group)
    if account.rules_due:
        raise errors.RulesFirst
    if conversation.closed_at is not None:
        raise errors.ConversationEnded
    states = set(Membership.objects.filter(conversation=group, account=account).values_list("state", flat=True))
    if "active" in states:
        raise errors.AlreadyMember
    if "removed" in states:
        raise errors.WasRemoved
    if AdmissionRequest.objects.filter(group=group, account=account, state="asked").exists():
        raise errors.AlreadyAsked
    if role is None:
        name = choose_name(account=account, conversation=group, alias=alias, avatar_key=avatar_key, rng=rng)
    elif alias is None and avatar_key is None:
        name = name_of_peer(role=role, conversation=group)
    else:
        raise errors.AliasFromRole
    request = AdmissionRequest(
        group_id=group,
        account=account,
        alias=name.alias,
        alias_key=name.key,
        avatar_key=name.avatar_key,
        peer=name.peer,
        asked_at=now,
    )
    if answer:
        text = normalise_body(text=answer, limit=MAX_ANSWER)
        request.answer = seal.seal(key=datakeys.key_of(group), text=text.encode(), aad=request.answer_aad)
    request.save(force_insert=True)
    _tell(request, now=now)
    return request


@write
def accept_request(*, by: Account, request: UUID, now: datetime, rng: Chance = secrets) -> AdmissionRequest:
    """Let somebody in, as one who leads. Raises `NotFound`, `Forbidden`, `Conflict` once it is decided."""
    asked = access.admission_request(by=by, request=request, decide=True)
    account = hold_accounts(asked.account_id)[asked.account_id]
    conversation = hold_conversations(asked.group_id)[asked.group_id]
    there = access.admission_request(by=by, request=request, decide=True)
    _decide(there, to="accepted", now=now)
    name = Name(alias=there.alias, key=there.alias_key, avatar_key=there.avatar_key, peer=there.peer)
    begin_membership(
        conversation=conversation,
        account=account,
        name=name,
        part=Membership.Part.MEMBER,
        visible_from=there.group.earlier_from_seq,
        now=now,
        rng=rng,
    )
    return there


@write
def decline_request(*, by: Account, request: UUID, now: datetime) -> AdmissionRequest:
    """Do not let somebody in, as one who leads; they may ask again.

    Raises `NotFound`, `Forbidden`, `Conflict` once it is decided.
    """
    asked = access.admission_request(by=by, request=request, decide=True)
    hold_conversations(asked.group_id)
    there = access.admission_request(by=by, request=request, decide=True)
    _decide(there, to="declined", now=now)
    return there


@write
def withdraw_request(*, by: Account, request: UUID, now: datetime) -> None:
    """Take one's own request back. A second time changes nothing. Raises `NotFound`, `Conflict` once it is decided."""
    asked = access.admission_request(by=by, request=request)
    hold_conversations(asked.group_id)
    there = access.admission_request(by=by, request=request)
    if there.state != "withdrawn":
        _decide(there, to="withdrawn", now=now)


def decline_open(*, group: UUID, now: datetime) -> None:
    """Tell everybody no who asks to join a group that closes and that the caller holds."""
    open_ones = AdmissionRequest.objects.filter(group=group, state="asked")
    for there in open_ones.select_related("account").order_by("id"):
        _decide(there, to="declined", now=now)


def _decide(there: AdmissionRequest, *, to: str, now: datetime) -> None:
    """The answer goes: it was for the decision."""
    there.state = STATES.move(present=there.state, to=to)
    there.decided_at = now
    there.answer = None
    there.save(update_fields=["state", "decided_at", "answer"])
    _tell(there, now=now)


def _tell(there: AdmissionRequest, *, now: datetime) -> None:
    """In the inboxes of the asker and of who decides."""
    leads = Membership.objects.filter(conversation=there.group_id, part=Membership.Part.LEAD, state="active")
    for inbox in sorted({there.account.inbox, *leads.values_list("account__inbox", flat=True)}):
        append(stream=inbox, kind=events.ADMISSION_CHANGED, ref=there.id, at=now)
