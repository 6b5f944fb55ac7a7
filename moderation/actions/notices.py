"""Notices by somebody without an account: received, sealed, looked at by a person, found again by a reference."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError

from backend.core import limits
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.limits import Rate
from backend.core.sealing import vault
from backend.core.sealing.keyring import keyring
from backend.core.text import normalise_body, normalise_line
from moderation import events, words
from moderation.actions.duty import watch
from moderation.models import Case, Notice, Report
from moderation.reasons import PRIORITIES, PROMISED, Reason

MAX_WHERE = 500  # characters
MAX_TEXT = 4000
MAX_CONTACT = 200
PER_NETWORK = Rate(count=10, per_s=86_400, burst=5)  # fails closed
LOOKED_UP = Rate(count=60, per_s=3_600, burst=20)
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
LENGTH = 20  # 98 bits
REASONS = tuple(reason for reason in Reason if reason != Reason.WORRIED)


@dataclass(frozen=True, slots=True)
class Received:
    """A notice, and the reference that is told once."""

    report: Report
    reference: str = field(repr=False)


def give_notice(
    *,
    network: bytes,
    language: str,
    reason: str,
    where: str,
    text: str,
    contact: str | None,
    now: datetime,
    once: str = "",
) -> Received:
    """Receive a notice. `network` is the caller's coarse network, hashed; nothing else of them is kept.

    A person looks at it as soon as at a report of the same reason. `once` is a random text of the form it came by:
    the same sent again by that form is the same notice. Raises `TooMany` and what the texts' form refuses.
    """
    parts = [normalise_line(text=where, limit=MAX_WHERE), normalise_body(text=text, limit=MAX_TEXT)]
    if contact:
        parts.append(normalise_line(text=contact, limit=MAX_CONTACT))
    body = "\n\n".join(parts)
    reference = _derived(once, reason, body) if once else "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    if once and (there := _received(reference)) is not None:
        return there
    limits.take(name="notices", key=network, rate=PER_NETWORK, now=now)
    fresh = uuid4()
    vault.create_key(owner=fresh, at=now)
    try:
        return _receive(case=fresh, language=language, reason=Reason(reason), body=body, reference=reference, now=now)
    except IntegrityError:  # pressed twice: the other one was first
        if (there := _received(reference)) is None:
            raise
        return there


@write
def _receive(*, case: UUID, language: str, reason: Reason, body: str, reference: str, now: datetime) -> Received:
    priority = PRIORITIES[reason]
    there = Case.objects.create(
        id=case,
        kind=Case.Kind.RULE,
        about=f"notice:{case}",
        reason=reason,
        priority=priority,
        language=language,
        opened_at=now,
        due_at=now + PROMISED[priority],
    )
    made = Report(case=there, target=Report.Target.NOTICE, reason=reason, received_at=now)
    made.note = words.for_case(case=case, text=body, place="note", of=made.id)
    made.save(force_insert=True)
    Notice.objects.create(report=made, reference_hash=_hash(reference))
    watch(case=there, now=now)
    events.tell_moderators(now=now)
    return Received(report=made, reference=reference)


def look_up(*, network: bytes, reference: str, now: datetime) -> dict[str, Any]:
    """What has become of a notice. Raises `NotFound`, `TooMany`."""
    limits.take(name="notices looked up", key=network, rate=LOOKED_UP, now=now)
    plain = "".join(reference.split()).replace("-", "").lower()
    found = Notice.objects.select_related("report__case").filter(reference_hash=_hash(plain)).first()
    if found is None:
        raise NotFound
    case = found.report.case
    state = "decided" if case.state == "decided" else "in_review" if case.looked_at else "received"
    return {
        "state": state,
        "outcome_code": case.outcome if state == "decided" else None,
        "received_at": found.report.received_at,
    }


def _received(reference: str) -> Received | None:
    there = Notice.objects.select_related("report").filter(reference_hash=_hash(reference)).first()
    return Received(report=there.report, reference=reference) if there is not None else None


def _derived(once: str, reason: str, body: str) -> str:
    """As many bits as a random one, as long as nobody else knows `once`."""
    ring = keyring()
    told = "\0".join((once, reason, body)).encode()
    number = int.from_bytes(hmac.digest(ring.derived("notices", ring.version), told, "sha256"))
    signs = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "".join(signs)


def _hash(reference: str) -> bytes:
    return hashlib.sha256(reference.encode()).digest()
