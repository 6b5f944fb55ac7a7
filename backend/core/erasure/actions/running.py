"""What the worker does of erasures: begins what was in grace, clears, takes piece by piece, and deletes the account.

The ledger is in one database, the keys in another: no transaction spans both. So the row comes first, and everything
after it may be done twice. Keys go before rows: what is left behind by a crash cannot be read.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from backend.core.accounts.holding import hold_all
from backend.core.accounts.models import Account
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.erasure import outside, registry
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.erasure.models import STATES, Erasure, Piece
from backend.core.erasure.queries import next_piece_at
from backend.core.errors import DomainError, NotFound
from backend.core.sealing import datakeys, vault

log = logging.getLogger(__name__)

SPREAD = timedelta(hours=20)  # so that all is done within 24 h, also when the worker was away for a while
DRAWN_AGAIN_WITHIN = timedelta(hours=1)  # several of one account at once would say that they belong together
TRIED_AGAIN = timedelta(hours=1)  # what could not be begun, or failed
KEPT = timedelta(days=400)  # of the ledger's row: longer than any backup may be
AT_ONCE = 50


def run_erasures(*, now: datetime, rng: Chance = secrets) -> int:
    """Go on with everything that is due, each in writes of its own; → how many rows were looked at."""
    count = take_pieces(now=now, rng=rng)
    due = Erasure.objects.filter(next_at__lte=now).order_by("next_at").values_list("account", flat=True)[:AT_ONCE]
    for account in list(due):
        try:
            go_on(account=account, now=now, rng=rng)
        except Exception as fault:  # one must not hold up the others
            _put_off(account, now=now)
            if isinstance(fault, DomainError):
                log.error("an erasure cannot begin: %s; somebody has to see to it", fault.code)
            else:
                log.exception("an erasure failed; it is tried again")
        count += 1
    return count


def go_on(*, account: UUID, now: datetime, rng: Chance = secrets) -> None:
    """One erasure, as far as it can come now. Raises what `begin_erasure` does."""
    row = Erasure.objects.filter(account=account).first()
    if row is not None and row.state == "grace":
        try:
            row = begin_erasure(account=account, by_grace=True, now=now)
        except NotFound:  # taken back at this moment
            return
    if row is None or row.state == "done":
        return
    keep_outside(row, now=now)
    destroy_keys(account)
    for part in registry.parts():
        part.clear(account, now)
    draw_pieces(account, now=now, rng=rng)
    if finish(account=account, now=now):
        destroy_keys(account)  # somebody may have been writing while it began
    else:
        Erasure.objects.filter(account=account).update(next_at=next_piece_at(account=account) or now + TRIED_AGAIN)


def keep_outside(row: Erasure, *, now: datetime) -> None:
    """Write the ledger's line where backups do not reach. A place that is away holds nothing up; it is tried again."""
    if row.kept_at is not None:
        return
    try:
        kept = outside.keep(outside.Line(account=row.account, at=row.begun_at or now))
    except OSError:
        log.exception("the ledger of erasures cannot be written outside")
        return
    if kept:
        Erasure.objects.filter(account=row.account).update(kept_at=now)


def destroy_keys(account: UUID) -> None:
    """What was sealed for the account opens no more."""
    datakeys.destroy_key(account)
    vault.destroy_key(account)


def draw_pieces(account: UUID, *, now: datetime, rng: Chance = secrets, within: timedelta = SPREAD) -> None:
    """Give each thing that others see its own time, if it has none yet."""
    for part in registry.parts():
        for ref in part.pieces(account):
            due_at = now + timedelta(milliseconds=rng.choice(range(1, within // timedelta(milliseconds=1))))
            Piece.objects.get_or_create(part=part.name, ref=ref, defaults={"erasure_id": account, "due_at": due_at})


def take_pieces(*, now: datetime, rng: Chance = secrets) -> int:
    """Take what is due: of one account one at a time, the others are drawn again; → how many were taken."""
    due = list(Piece.objects.filter(due_at__lte=now).order_by("due_at", "id")[:AT_ONCE])
    first: dict[UUID, Piece] = {}
    for piece in due:
        if first.setdefault(piece.erasure_id, piece) is not piece:
            later = now + timedelta(milliseconds=rng.choice(range(1, DRAWN_AGAIN_WITHIN // timedelta(milliseconds=1))))
            Piece.objects.filter(id=piece.id, due_at=piece.due_at).update(due_at=later)
    for piece in first.values():
        try:
            _take(piece, now=now)
        except Exception:
            log.exception("a piece of an erasure failed; it is tried again")
            Piece.objects.filter(id=piece.id).update(due_at=now + TRIED_AGAIN)
    Erasure.objects.filter(account__in=first, state="erasing").update(next_at=now)
    return len(first)


@write
def _take(piece: Piece, *, now: datetime) -> None:
    registry.part(piece.part).take(piece.erasure_id, piece.ref, now)
    Piece.objects.filter(id=piece.id).delete()


@write
def finish(*, account: UUID, now: datetime) -> bool:
    """Delete the account with all that goes with it, once nobody else sees anything of it; → whether that is so."""
    there = hold_all(lambda: {account}).get(account)
    row = Erasure.objects.select_for_update().get(account=account)
    if there is not None:
        parts = registry.parts()
        if row.pieces.exists() or any(True for part in parts for _ in part.pieces(account)):
            return False
        for part in parts:
            part.last(account, now)
        Account.objects.filter(id=account).delete()
    if row.state == "erasing":
        row.state, row.done_at, row.next_at = STATES.move(present=row.state, to="done"), now, None
        row.save(update_fields=["state", "done_at", "next_at"])
    return True


def erase_at_once(*, account: UUID, at: datetime, now: datetime) -> bool:
    """All of it in one go, after a restore, while nobody is served; → whether there was anything left of it.

    Raises `CoordinatorNeeded`.
    """
    found = Account.objects.filter(id=account).exists()
    if found:
        try:
            begin_erasure(account=account, now=now)
        except NotFound:
            found = False
    Erasure.objects.get_or_create(
        account=account, defaults={"state": "erasing", "asked_at": at, "due_at": at, "begun_at": at}
    )
    Erasure.objects.filter(account=account).update(state="erasing")
    destroy_keys(account)
    for part in registry.parts():
        part.clear(account, now)
        for ref in part.pieces(account):
            _take(Piece(erasure_id=account, part=part.name, ref=ref), now=now)
    Piece.objects.filter(erasure=account).delete()
    finish(account=account, now=now)
    destroy_keys(account)
    Erasure.objects.filter(account=account).update(kept_at=at)
    return found


def forget_erasures(*, now: datetime) -> int:
    """Called by the worker: ids of which no backup can bring anything back."""
    return Erasure.objects.filter(done_at__lte=now - KEPT).delete()[0]


def _put_off(account: UUID, *, now: datetime) -> None:
    Erasure.objects.filter(account=account).update(next_at=now + TRIED_AGAIN)
