"""Fetch one thing with permission.

What the caller may not know is `not_found`; what they may know but not do is `forbidden`.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.errors import Forbidden, NotFound
from backend.core.streams.item import View
from messaging.models import AdmissionRequest, Block, Conversation, Group, HeldMessage, Membership, Message


def membership(*, by: Account | UUID, conversation: UUID, lead: bool = False, lock: bool = False) -> Membership:
    """The caller's own active membership, with its conversation; `lead` asks for the part that runs the group."""
    found = Membership.objects.select_related("conversation", "conversation__group")
    if lock:
        found = found.select_for_update(of=("self",))
    mine = found.filter(account=by, conversation=conversation, state="active").first()
    if mine is None:
        raise NotFound
    if lead and mine.part != Membership.Part.LEAD:
        raise Forbidden
    return mine


def other_membership(*, mine: Membership, membership: UUID, lock: bool = False) -> Membership:
    """Somebody's active membership in the same conversation, as far as the caller sees them."""
    found = Membership.objects.filter(conversation=mine.conversation_id, state="active").exclude(
        account__in=hidden_accounts(account=_owner(mine), conversation=mine.conversation_id)
    )
    if lock:
        found = found.select_for_update(of=("self",))
    other = found.filter(id=membership).first()
    if other is None:
        raise NotFound
    return other


def message(*, mine: Membership, seq: int, lock: bool = False) -> Message:
    """A message that the caller sees."""
    found = Message.objects.select_related("membership").filter(conversation_id=mine.conversation_id, seq=seq)
    if lock:
        found = found.select_for_update(of=("self",))
    there = found.first()
    view = view_of(account=_owner(mine), conversation=mine.conversation_id)
    if there is None or view is None or not view.sees_seq(seq) or there.membership_id in view.hidden:
        raise NotFound
    return there


def view_of(*, account: UUID, conversation: UUID) -> View | None:
    """What the account may see of the conversation now; None if it does not belong there."""
    return views(account, conversation).get(conversation)


def views(account: UUID, stream: UUID | None) -> dict[UUID, View]:
    """What the account may see of each conversation it belongs to.

    All the time it belonged, without those it has a block with.
    """
    mine = Membership.objects.filter(account=account)
    if stream is not None:
        mine = mine.filter(conversation=stream)
    spans: dict[UUID, list[tuple[int, int | None]]] = {}
    active: set[UUID] = set()
    for conversation, state, first, last in mine.values_list("conversation", "state", "visible_from", "visible_to"):
        spans.setdefault(conversation, []).append((first, last))
        if state == "active":
            active.add(conversation)
    hidden: dict[UUID, set[UUID]] = {}
    blocks = Block.objects.filter(Q(by=account) | Q(of=account), conversation__in=active)
    pairs = {(c, of if by == account else by) for c, by, of in blocks.values_list("conversation", "by", "of")}
    if pairs:
        theirs = Membership.objects.filter(
            conversation__in={c for c, _ in pairs}, account__in={other for _, other in pairs}
        )
        for conversation, other, membership in theirs.values_list("conversation", "account", "id"):
            if (conversation, other) in pairs:
                hidden.setdefault(conversation, set()).add(membership)
    return {
        c: View(account=account, spans=tuple(sorted(spans[c], key=lambda s: s[0])), hidden=frozenset(hidden.get(c, ())))
        for c in active
    }


def hidden_accounts(*, account: UUID, conversation: UUID) -> set[UUID]:
    """The accounts with which this one has a block in the conversation, whoever made it."""
    blocks = Block.objects.filter(Q(by=account) | Q(of=account), conversation=conversation)
    return {of if by == account else by for by, of in blocks.values_list("by", "of")}


def conversation(*, by: Account, conversation: UUID) -> Conversation:
    """A conversation that the caller belongs to."""
    return membership(by=by, conversation=conversation).conversation


def group(*, by: Account, group: UUID) -> Group:
    """A group that the caller may know: an open one, or one they belong to."""
    there = Group.objects.select_related("conversation").filter(conversation=group).first()
    if there is None or (there.conversation.closed_at is not None and not _belongs(by, group)):
        raise NotFound
    return there


def group_lead(*, by: Account, group: UUID) -> Membership:
    """The caller's own membership of a group that they lead, as the peer expert that they still are."""
    mine = (
        Membership.objects.select_related("conversation", "peer")
        .filter(account=by, conversation=group, conversation__kind=Conversation.Kind.GROUP, state="active")
        .first()
    )
    if mine is None:
        raise NotFound
    if mine.part != Membership.Part.LEAD or mine.peer is None or mine.peer.ended_at is not None:
        raise Forbidden
    return mine


def lead_role(*, by: Account, group: UUID) -> Role:
    """The role in which the caller leads the group. Raises as `group_lead`."""
    role = group_lead(by=by, group=group).peer
    assert role is not None
    return role


def led_membership(*, mine: Membership, membership: UUID) -> Membership:
    """Somebody's membership, active or ended, in the group that one leads. A block is no shield against a lead."""
    found = Membership.objects.select_related("account", "peer").filter(conversation=mine.conversation_id)
    there = found.filter(id=membership).first()
    if there is None:
        raise NotFound
    return there


def admission_request(*, by: Account, request: UUID, decide: bool = False) -> AdmissionRequest:
    """The caller's own request or, to `decide` on it, one of a group that they lead."""
    there = AdmissionRequest.objects.select_related("account", "group", "peer").filter(id=request).first()
    if there is None:
        raise NotFound
    if not decide:
        if there.account_id != by.id:
            raise NotFound
        return there
    try:
        group_lead(by=by, group=there.group_id)
    except (Forbidden, NotFound):
        raise (Forbidden if there.account_id == by.id else NotFound) from None
    return there


def own_held(*, by: Account, held: UUID) -> HeldMessage:
    """One of the caller's own that waits, or has waited, where they still belong."""
    there = HeldMessage.objects.filter(id=held, membership__account=by, membership__state="active").first()
    if there is None or there.state == "withdrawn":
        raise NotFound
    return there


def _owner(mine: Membership) -> UUID:
    if mine.account_id is None:  # erased meanwhile
        raise NotFound
    return mine.account_id


def _belongs(by: Account, conversation: UUID) -> bool:
    return Membership.objects.filter(account=by, conversation=conversation, state="active").exists()
