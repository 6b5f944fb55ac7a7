"""Messages that wait in groups where nobody has looked in time, for who moderates; never where something ties them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from backend.core.accounts.models import Role
from backend.core.errors import NotFound
from messaging.models import HeldMessage, Membership
from peers.contacts.models import Contact


def holds_for(*, role: Role) -> QuerySet[HeldMessage]:
    """What is due and nothing ties them to, where it can still be posted."""
    account, author = role.account_id, OuterRef("membership__account")
    ties = (
        Membership.objects.filter(account=account, conversation=OuterRef("conversation")),
        Contact.objects.filter(member=account, holder__account=author),
        Contact.objects.filter(member=author, holder__account=account),
    )
    found = HeldMessage.objects.filter(
        state="waiting",
        escalated_at__isnull=False,
        membership__state="active",
        conversation__closed_at=None,
    )
    return found.filter(*(~Exists(tie) for tie in ties)).select_related("membership", "conversation__group")


def hold_for(*, role: Role, held: UUID) -> HeldMessage:
    """One of them. Raises `NotFound`."""
    there = holds_for(role=role).filter(id=held).first()
    if there is None:
        raise NotFound
    return there
