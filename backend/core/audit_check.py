"""Whether the audit holds, found out by the worker: no page walks a million entries.

A pass goes from the first entry to the end and then on with what is new; a day later another begins, because what was
walked can still be changed. A fault stays told until a whole pass has found none.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Subquery

from backend.core import checkpoints
from backend.core.audit import ORIGIN, follow
from backend.core.checkpoints import Checkpoint
from backend.core.db import write
from backend.core.models import AuditCheck, AuditEntry, AuditHead

log = logging.getLogger(__name__)

BATCH = 5_000  # entries in one step
EVERY_S = 60.0
ANEW = timedelta(hours=24)
AFTER_A_FAULT = timedelta(hours=1)
LATE = timedelta(minutes=15)  # of three checkpoints none came; nor did a walk


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the chain. `fits`: the chain bears out the newest checkpoint.

    `checkpoint_late`: there should be a newer one. `walk_late`: no walk has come to the end for a while.
    """

    check: AuditCheck
    last: int
    walk_late: bool
    kept: bool  # checkpoints are kept somewhere
    checkpoint: Checkpoint | None
    fits: bool
    checkpoint_late: bool


@write
def walk(*, now: datetime) -> int:
    """One step of the present pass, or of the next; → how many entries it went over; 0: at the end, or stopped."""
    AuditCheck.objects.get_or_create(id=1)
    there = AuditCheck.objects.select_for_update().get(id=1)
    if _begins_anew(there, now):
        there.began_at, there.seq, there.hash = now, 0, ORIGIN
    elif _stopped(there):
        return 0
    # Head and last entry of one moment: between two statements others add.
    last = AuditEntry.objects.order_by("-seq").values("seq")[:1]
    head = AuditHead.objects.filter(id=1).annotate(last=Subquery(last)).first()
    end, hash_ = (head.seq, bytes(head.hash)) if head is not None else (0, ORIGIN)
    before = there.seq
    rows = AuditEntry.objects.filter(seq__gt=before, seq__lte=end).order_by("seq")[:BATCH]
    there.seq, there.hash, holds = follow(rows, seq=before, previous=bytes(there.hash))
    if holds and there.seq - before < BATCH:  # the end
        if (there.seq, bytes(there.hash), getattr(head, "last", None) or 0) == (end, hash_, end):
            there.reached_at = now
            if not _is_whole(there):
                there.whole_at, there.fault, there.fault_at = now, None, None
        else:
            holds = False
    if not holds:
        there.fault, there.fault_at = min(there.seq, end) + 1, now
        log.error("the audit is broken at entry %s", there.fault)
    there.save(
        update_fields=[field.name for field in AuditCheck._meta.fields if field.name not in ("id", "checkpoint")]
    )
    return there.seq - before if holds else 0


def standing(*, at: datetime) -> Standing:
    """What a page says of the chain: a few reads, however long it is."""
    check = AuditCheck.objects.filter(id=1).first() or AuditCheck()
    head = AuditHead.objects.filter(id=1).first()
    newest = checkpoints.newest() if settings.NAAST_CHECKPOINTS else None
    fits = newest is not None and checkpoints.first_fault([newest], hashes=checkpoints.hashes_of([newest])) is None
    return Standing(
        check=check,
        last=head.seq if head is not None else 0,
        walk_late=check.reached_at is None or at - check.reached_at > LATE,
        kept=bool(settings.NAAST_CHECKPOINTS),
        checkpoint=newest,
        fits=fits,
        checkpoint_late=newest is None or at - newest.at > LATE,
    )


def _begins_anew(there: AuditCheck, now: datetime) -> bool:
    if there.began_at is None:
        return True
    return (_stopped(there) and now - there.began_at >= AFTER_A_FAULT) or (
        _is_whole(there) and now - there.began_at >= ANEW
    )


def _stopped(there: AuditCheck) -> bool:
    """The present pass has found a fault."""
    return there.fault_at is not None and there.began_at is not None and there.fault_at >= there.began_at


def _is_whole(there: AuditCheck) -> bool:
    """The present pass has been at the end."""
    return there.whole_at is not None and there.began_at is not None and there.whole_at >= there.began_at
