"""What is erased of contacts. The member's own end; who holds some has been followed when the role ended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part
from peers.contacts.actions.contacts import end_contact
from peers.contacts.actions.stopping import accounts_around
from peers.contacts.events import tell_contact, tell_handover
from peers.contacts.models import Change, Contact, Handover, Promise
from peers.contacts.queries import contacts_of


def beside(account: UUID) -> set[UUID]:
    """Whom it concerns when the account's own contacts end."""
    mine = list(contacts_of(member=Account(id=account)))
    return accounts_around(mine, besides={row.holder.account_id for row in mine if row.holder is not None})


def stop(account: Account, at: datetime) -> None:
    """Nobody is beside who is not there."""
    if Promise.objects.filter(member=account).exists():
        end_contact(by=account, now=at)


@write
def clear(account: UUID, at: datetime) -> None:
    """What has ended goes; the other side is told, and reads anew."""
    there = Account.objects.filter(id=account).first()
    if there is None:
        return
    stop(there, at)  # somebody may have been put beside them while it began
    for handover in _handovers(Q(member=account) | Q(giving__account=account) | Q(receiving__account=account)):
        tell_handover(handover, at=at)
        handover.delete()
    over = Contact.objects.filter(state="ended").filter(Q(member=account) | Q(holder__account=account))
    for contact in over.select_related("member", "holder__account").order_by("id"):
        for handover in _handovers(Q(contact=contact)):
            tell_handover(handover, at=at)
        tell_contact(contact, at=at)
        contact.delete()
    Promise.objects.filter(member=account, state="ended").delete()
    Change.objects.filter(member=account).delete()


def last(account: UUID, at: datetime) -> None:
    """A wish for somebody else has been met, whoever it was about."""
    Change.objects.filter(about__account=account).update(about=None)


def _handovers(which: Q) -> list[Handover]:
    found = Handover.objects.filter(which).exclude(state__in=("asked", "introduced"))
    return list(found.select_related("member", "giving__account", "receiving__account").order_by("id"))


PART = Part(
    name="contacts",
    order=20,
    models={
        "Change": WITH_ACCOUNT,
        "Promise": WITH_ACCOUNT,
        "Contact": WITH_ACCOUNT,
        "Handover": WITH_ACCOUNT,
    },
    beside=beside,
    stop=stop,
    clear=clear,
    last=last,
)
