"""Texts that ask nothing: signed by a peer expert who has confirmed the text; until then they come by themselves."""

from __future__ import annotations

from datetime import datetime

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account, Role
from backend.core.db import claim, write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from peers.checkins import access, events
from peers.checkins.actions.plans import CARING_EVERY
from peers.checkins.cadence import is_safe, next_safe
from peers.checkins.models import CaringMessage, CaringSignature, Plan
from peers.checkins.questions import CARING
from peers.contacts.queries import contact_persons_of

BATCH = 250


@write
def confirm_caring(*, by: Account, text_key: str, now: datetime) -> CaringSignature:
    """Put one's name under a text, for those whom one is beside. Again changes nothing.

    Raises `NotFound` for who is no peer expert, and for a text that there is not.
    """
    role = access.peer_role(by=by, lock=True)
    if text_key not in CARING:
        raise NotFound
    there, made = CaringSignature.objects.get_or_create(role=role, text_key=text_key, defaults={"confirmed_at": now})
    if made:
        append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return there


@write
def withdraw_caring(*, by: Account, text_key: str, now: datetime) -> None:
    """From now on the text comes by itself again. A second time changes nothing. Raises `NotFound` as to confirm."""
    role = access.peer_role(by=by, lock=True)
    if text_key not in CARING:
        raise NotFound
    ended, _ = CaringSignature.objects.filter(role=role, text_key=text_key).delete()
    if ended:
        append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)


def follow_role_end(role: Role, at: datetime) -> None:
    """Nothing is signed with a role that somebody no longer has."""
    CaringSignature.objects.filter(role=role).delete()


@write
def send_caring(*, now: datetime) -> int:
    """The clock: a short text that asks nothing, to who wants it; not while they pause.

    Signed by the contact person who has confirmed this text. Never by who has only stepped in, nor for a member who
    wishes to be left alone by theirs: then it comes by itself.
    """
    due = Plan.objects.select_related("account").filter(caring_due__lte=now).order_by("caring_due")
    found = claim(due, limit=BATCH, of=("self",))
    persons = contact_persons_of(members=[plan.account_id for plan in found])
    confirmed = set(CaringSignature.objects.filter(role__in=persons.values()).values_list("role", "text_key"))
    for plan in found:
        if plan.is_paused(at=now) and plan.paused_until is not None:
            plan.caring_due = plan.paused_until
        elif not is_safe(plan.rhythm, now):
            plan.caring_due = next_safe(plan.rhythm, now)
        else:
            key = list(CARING)[plan.caring_sent % len(CARING)]
            person = persons.get(plan.account_id)
            message = CaringMessage.objects.create(
                account=plan.account,
                text_key=key,
                signed_by_id=person if (person, key) in confirmed else None,
                sent_at=now,
            )
            plan.caring_sent += 1
            plan.caring_due = now + CARING_EVERY
            append(stream=plan.account.inbox, kind=events.CARING_SENT, ref=message.id, at=now)
        plan.save(update_fields=["caring_due", "caring_sent"])
    return len(found)
