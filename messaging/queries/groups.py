"""Groups, who belongs to them, who asks to, and who is hidden: as one viewer may see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from backend.core.accounts.models import Account
from backend.core.accounts.queries import invited_accounts
from backend.core.errors import NotFound
from backend.core.sealing import datakeys, seal
from messaging import access, payloads, shown
from messaging.models import AdmissionRequest, Block, Conversation, Group, Membership


def groups_for(*, language: str | None = None, domain: str | None = None, region: str | None = None) -> QuerySet[Group]:
    """The open groups, narrowed down by what was asked for."""
    found = Group.objects.filter(conversation__closed_at=None)
    if language is not None:
        found = found.filter(languages__contains=[language])
    if domain is not None:
        found = found.filter(domains__contains=[domain])
    return found if region is None else found.filter(region=region)


def members_of(*, by: Account, group: UUID) -> tuple[QuerySet[Membership], Callable[[Membership], dict[str, Any]]]:
    """Who belongs to a group that the caller belongs to, without those that a block hides; and how each is shown.

    That somebody is muted is shown to them and to who leads. Raises `NotFound`.
    """
    mine = access.membership(by=by, conversation=group)
    if mine.conversation.kind != Conversation.Kind.GROUP:
        raise NotFound
    hidden = access.hidden_accounts(account=by.id, conversation=group)
    found = Membership.objects.filter(conversation=group, state="active").exclude(account__in=hidden)

    def show(there: Membership) -> dict[str, Any]:
        if mine.part == Membership.Part.LEAD or there.id == mine.id:
            return shown.known_membership_told(there)
        return {**shown.membership_told(there), "muted_until": None}

    return found, show


def requests_by(*, account: Account) -> QuerySet[AdmissionRequest]:
    """What the account has asked."""
    return AdmissionRequest.objects.filter(account=account).select_related("group")


def requests_to(*, by: Account, group: UUID) -> QuerySet[AdmissionRequest]:
    """Who waits for an answer of the group that the caller leads. Raises `NotFound`, `Forbidden`."""
    access.group_lead(by=by, group=group)
    return AdmissionRequest.objects.filter(group=group, state="asked")


def blocks_by(*, account: Account) -> QuerySet[Block]:
    """Whom the account has hidden, in the conversations that it belongs to."""
    mine = Membership.objects.filter(account=account, conversation=OuterRef("conversation"), state="active")
    return Block.objects.filter(Exists(mine), by=account).select_related("membership")


def group_shown(there: Group) -> dict[str, Any]:
    """A group with its id."""
    return {"id": there.pk, **shown.group_told(there)}


def request_shown(there: AdmissionRequest) -> dict[str, Any]:
    """A request as both sides see it."""
    return {
        "id": there.id,
        "group": there.group_id,
        "alias": there.alias,
        "avatar_key": there.avatar_key,
        "peer": there.peer_id,
        "state": there.state,
    }


def own_request_shown(there: AdmissionRequest) -> dict[str, Any]:
    """A request as its asker sees it."""
    return {
        **request_shown(there),
        "title": there.group.title,
        "asked_at": payloads.utc(there.asked_at),
        "decided_at": payloads.utc(there.decided_at),
    }


def open_requests_shown(found: Sequence[AdmissionRequest]) -> list[dict[str, Any]]:
    """Requests to one group as who leads it sees them: a day, not a moment; invited or not, but not by whom."""
    keys = datakeys.found_keys({there.group_id for there in found if there.answer is not None})
    invited = invited_accounts({there.account_id for there in found})
    told = []
    for there in found:
        key, answer = keys.get(there.group_id), None
        if there.answer is not None and key is not None:
            answer = seal.unseal(key=key, sealed=bytes(there.answer), aad=there.answer_aad).decode()
        told.append(
            {
                **request_shown(there),
                "answer": answer,
                "invited": there.account_id in invited,
                "asked_on": there.asked_at.date(),
            }
        )
    return told


def block_shown(there: Block) -> dict[str, Any]:
    """A block by the one who made it: whom they named, and where."""
    return {"conversation": there.conversation_id, "membership": shown.membership_told(there.membership)}
