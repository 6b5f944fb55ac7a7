"""What core itself erases of an account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import (
    Account,
    Consent,
    Invite,
    InvitePause,
    Recovery,
    RecoveryHelper,
    Session,
    Vouch,
)
from backend.core.db import write
from backend.core.erasure.registry import BY_STEP, NOTHING, WITH_ACCOUNT, Part, kept
from backend.core.erasure.registry import register as add
from backend.core.exports.models import Export
from backend.core.models import KeptReply
from backend.core.push.models import Cursor, Notifications, Wish
from backend.core.staff.models import Enrolment, Staff
from backend.core.streams.append import append
from backend.core.streams.models import Event, Stream

LEDGER = "the ledger: an opaque id and times, forgotten after 400 days"


def register() -> None:
    """Called at `ready()`."""
    for part in (CORE, ACCOUNTS, STREAMS, SEALING, STAFF, PUSH, EXPORTS, ERASURE):
        add(part)


@write
def _drop_replies(account: UUID, at: datetime) -> None:
    KeptReply.objects.filter(account=account).delete()


@write
def _clear_account(account: UUID, at: datetime) -> None:
    """What is the account's alone. Roles and the account itself stay until nobody sees them any more."""
    for mine in (Session, Consent, Vouch, RecoveryHelper, Recovery):
        mine.objects.filter(account=account).delete()
    for made in (Invite, InvitePause):
        made.objects.filter(inviter=account).delete()
    named = RecoveryHelper.objects.filter(role__account=account)
    for inbox in sorted(set(named.values_list("account__inbox", flat=True))):
        append(stream=inbox, kind=SETTINGS_CHANGED, at=at)
    named.delete()


def _drop_inbox(account: UUID, at: datetime) -> None:
    inbox = Account.objects.values_list("inbox", flat=True).get(id=account)
    Event.objects.filter(stream_id=inbox).delete()
    Cursor.objects.filter(stream_id=inbox).delete()
    Stream.objects.filter(id=inbox).delete()


@write
def _drop_staff(account: UUID, at: datetime) -> None:
    Enrolment.objects.filter(account=account).delete()
    Staff.objects.filter(account=account).delete()


@write
def _drop_push(account: UUID, at: datetime) -> None:
    Wish.objects.filter(account=account).delete()
    Notifications.objects.filter(account=account).delete()


@write
def _drop_exports(account: UUID, at: datetime) -> None:
    Export.objects.filter(account=account).delete()


CORE = Part(
    name="core",
    order=10,
    models={
        "AuditEntry": kept("the chain: opaque ids, and nothing of what was said"),
        "AuditHead": NOTHING,
        "AuditCheck": kept("how far the chain was walked"),
        "KeptReply": BY_STEP,
        "Limit": kept("keys are hashed anew each day, and swept"),
    },
    clear=_drop_replies,
)
ACCOUNTS = Part(
    name="accounts",
    order=90,
    models={
        "Account": WITH_ACCOUNT,
        "Consent": WITH_ACCOUNT,
        "Region": NOTHING,
        "Organisation": kept("an organisation's; who coordinated it was followed before"),
        "Organisation_regions": NOTHING,
        "Role": WITH_ACCOUNT,
        "Duty": WITH_ACCOUNT,
        "Invite": WITH_ACCOUNT,
        "Vouch": WITH_ACCOUNT,
        "InvitePause": WITH_ACCOUNT,
        "RecoveryHelper": WITH_ACCOUNT,
        "Recovery": WITH_ACCOUNT,
        "Confirmation": WITH_ACCOUNT,
        "Session": WITH_ACCOUNT,
        "Ticket": WITH_ACCOUNT,
    },
    clear=_clear_account,
)
STREAMS = Part(name="streams", order=95, models={"Stream": BY_STEP, "Event": BY_STEP}, last=_drop_inbox)
SEALING = Part(name="sealing", models={"DataKey": BY_STEP, "VaultKey": BY_STEP})  # by the worker, before all rows
STAFF = Part(
    name="staff",
    order=80,
    models={
        "Staff": WITH_ACCOUNT,
        "SecurityKey": WITH_ACCOUNT,
        "RecoveryCode": WITH_ACCOUNT,
        "KnownBrowser": WITH_ACCOUNT,
        "StaffSession": WITH_ACCOUNT,
        "Enrolment": WITH_ACCOUNT,
    },
    clear=_drop_staff,
)
PUSH = Part(
    name="push",
    order=80,
    models={
        "Device": WITH_ACCOUNT,
        "Wish": WITH_ACCOUNT,
        "Delivery": WITH_ACCOUNT,
        "Cursor": BY_STEP,
        "Notifications": WITH_ACCOUNT,
    },
    clear=_drop_push,
)
EXPORTS = Part(name="exports", order=80, models={"Export": WITH_ACCOUNT, "Piece": WITH_ACCOUNT}, clear=_drop_exports)
ERASURE = Part(name="erasure", models={"Erasure": kept(LEDGER), "Piece": BY_STEP})
