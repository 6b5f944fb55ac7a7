"""What is due without anybody asking: somebody for who has nobody, goodbyes that are over, handovers nobody answers.

Accounts are held before rows everywhere here; so what is due is first read, then held, then asked again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.holding import hold_all
from backend.core.db import write
from messaging.actions.direct import end_direct
from messaging.actions.introductions import end_introduction
from messaging.actions.locks import hold_accounts, hold_conversations
from messaging.models import DirectTalk
from peers.contacts.actions.stopping import SOUGHT_AGAIN, accounts_around, close_handover, find_somebody
from peers.contacts.models import Contact, Handover
from peers.contacts.models.handover import OPEN

AT_ONCE = 50


def seek(*, now: datetime) -> int:
    """Look for somebody for each member who has nobody; → how many were looked at."""
    due = Contact.objects.filter(seek_at__lte=now).order_by("seek_at").values_list("id", flat=True)[:AT_ONCE]
    return sum(_seek_one(contact, now=now) for contact in list(due))


@write
def _seek_one(contact: UUID, *, now: datetime) -> int:
    found = Contact.objects.select_related("member", "organisation", "holder__account")
    hold_all(lambda: accounts_around(found.filter(id=contact, state="active"), besides=()))
    row = found.filter(id=contact, state="active", seek_at__lte=now).first()
    if row is not None and not find_somebody(row, now=now):
        row.seek_at = now + SOUGHT_AGAIN
        row.save(update_fields=["seek_at"])
    return 1


def close_goodbyes(*, now: datetime) -> int:
    """Close the talks whose goodbye is over, unless the two are together again; → how many were looked at."""
    due = Contact.objects.filter(goodbye_until__lte=now).order_by("goodbye_until")[:AT_ONCE]
    return sum(_close_goodbye(row, now=now) for row in list(due.select_related("holder")))


@write
def _close_goodbye(before: Contact, *, now: datetime) -> int:
    hold_accounts(before.member_id, *([before.holder.account_id] if before.holder is not None else []))
    talk = before.conversation_id
    row = Contact.objects.filter(id=before.id, goodbye_until__lte=now).first()
    if row is None:
        return 1
    row.goodbye_until = None
    row.save(update_fields=["goodbye_until"])
    together = Contact.objects.filter(conversation=talk, state="active").exists()
    if talk is not None and not together and DirectTalk.objects.filter(conversation=talk, ended_at=None).exists():
        end_direct(conversation=hold_conversations(talk)[talk], now=now)
    return 1


def lapse_handovers(*, now: datetime) -> int:
    """End the handovers that nobody has answered in time: everything stays as it was; → how many were looked at."""
    due = Handover.objects.filter(due_at__lte=now, state__in=OPEN).order_by("due_at")[:AT_ONCE]
    return sum(_lapse_one(row.id, now=now) for row in list(due))


@write
def _lapse_one(handover: UUID, *, now: datetime) -> int:
    found = Handover.objects.select_related("member", "giving__account", "receiving__account", "introduction")

    def concerned() -> set[UUID]:
        ids = found.filter(id=handover).values_list("member", "giving__account", "receiving__account")
        return {account for row in ids for account in row} - {None}

    hold_all(concerned)
    row = found.filter(id=handover, state__in=OPEN, due_at__lte=now).first()
    if row is None:
        return 1
    talk = row.introduction_id
    held = hold_conversations(talk) if talk is not None else {}
    close_handover(row, to="lapsed", now=now)
    if talk is not None:
        end_introduction(conversation=held[talk], now=now)
    return 1
