"""Fetch one thing with permission, and ask what must hold before somebody is beside a member."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from backend.core.accounts.models import Account, Role
from backend.core.errors import NotFound
from messaging.models import Membership
from peers.contacts import errors, queries
from peers.contacts.ladder import nearest
from peers.contacts.models import Contact, Handover
from peers.experts.models import Expert


def running_peer(*, role: UUID) -> Role:
    """A peer expert's role that can be beside somebody now, locked. Raises `PeerUnavailable`."""
    rows = Role.objects.select_related("account", "organisation").select_for_update(no_key=True, of=("self",))
    there = rows.filter(id=role, kind=Role.Kind.PEER_EXPERT, ended_at=None, account__locked_at=None).first()
    if there is None:
        raise errors.PeerUnavailable
    return there


def known_peer(*, by: Role | None, peer: UUID) -> Role:
    """A peer expert to whom somebody may hand over: of their own organisation, or leading a group together with them.

    Whoever else there is, is not told apart from who is not. Raises `NotFound`.
    """
    if by is None:
        raise NotFound
    there = Role.objects.filter(id=peer, kind=Role.Kind.PEER_EXPERT, ended_at=None, account__locked_at=None).first()
    if there is None:
        raise NotFound
    mine = Membership.objects.filter(peer=by, part="lead", state="active", conversation__kind="group")
    beside = Membership.objects.filter(peer=there, state="active", conversation__in=mine.values("conversation"))
    if there.organisation_id != by.organisation_id and not beside.exists():
        raise NotFound
    return there


def check_room(*, role: Role, held: int) -> None:
    """Refuse one more than the caseload's limit; a trigger asks the same (migration 0003). Raises `CaseloadFull`."""
    limit = Expert.objects.filter(role=role).values_list("caseload_limit", flat=True).first()
    if limit is None or held >= limit:
        raise errors.CaseloadFull


def somebody_else(contact: Contact, *, besides: Collection[UUID]) -> bool:
    """Whether another coordinator could step in for who holds this contact."""
    cannot = queries.cannot_step_in(member=contact.member_id, besides=besides)
    home = queries.home_of(contact.organisation)
    return nearest(rungs=queries.rungs(), home=home, besides=cannot) is not None


def held_contact(*, by: Account, membership: UUID) -> Contact:
    """The contact that the caller holds, by the member's membership in their direct talk."""
    there = Membership.objects.filter(id=membership, state="active").first()
    if there is None or there.account_id == by.id:
        raise NotFound
    held = queries.contacts_held(by=by).filter(conversation=there.conversation_id, member=there.account_id).first()
    if held is None:
        raise NotFound
    return held


def handover(*, by: Account, handover: UUID, side: str | None = None, lock: bool = False) -> Handover:
    """A handover that the caller takes part in; `side`: only as `giving`, `receiving` or `member`."""
    rows = Handover.objects.select_related("contact", "member", "giving__account", "receiving__account", "introduction")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    there = rows.filter(id=handover).first()
    if there is None:
        raise NotFound
    sides = sides_of(there, by)
    if not sides or (side is not None and side not in sides):
        raise NotFound
    return there


def sides_of(there: Handover, by: Account) -> tuple[str, ...]:
    """As whom somebody takes part: at most one of the three. Whose role has ended does not."""
    if there.member_id == by.id:
        return ("member",)
    for side, role in (("giving", there.giving), ("receiving", there.receiving)):
        if role is not None and role.account_id == by.id and role.ended_at is None:
            return (side,)
    return ()
