"""The worker makes the file, a bounded part of it in each write: killed anywhere, it goes on from the last one.

The open row that the member made with their code is what lets it read in their name (`vault.asked_by`); nothing else
in the clock's jobs opens anything as `self`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import translation

from backend.core.accounts.models import Account
from backend.core.db import claim, write
from backend.core.exports import events, registry
from backend.core.exports.models import Export, Piece, piece_place
from backend.core.exports.registry import Asking
from backend.core.sealing import vault
from backend.core.streams.append import append

log = logging.getLogger(__name__)

FORMAT = "naast-export"
VERSION = 1
PIECE = 256 * 1024  # bytes, before sealing
KEPT = timedelta(days=7)
GOOD_FOR = timedelta(days=2)  # so long the asking lets the worker read
TRIES = 5
AGAIN = timedelta(minutes=1)  # doubled with each try
DROPPED = 20  # at once

_JSON = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


@write
def make_due(*, now: datetime) -> int:
    """Go on with one file; → 1, or 0 when none is due. What fails is tried again, and in the end told."""
    due = claim(Export.objects.filter(state="asked", due_at__lte=now).order_by("due_at", "id"), limit=1)
    for there in due:
        account = Account.objects.get(id=there.account_id)
        if account.is_locked and not account.is_suspended:
            there.delete()  # in wrong hands, perhaps: its asking counts no more
            continue
        if there.asked_at + GOOD_FOR <= now:
            _give_up(there, account, now=now)
            continue
        try:
            with transaction.atomic(), vault.asked_by(account=account.id), translation.override(account.locale):
                _go_on(there, account, now=now)
        except Exception:
            log.exception("a part of an export cannot be made")
            _try_later(there.id, account, now=now)
    return len(due)


@write
def drop_due(*, now: datetime) -> int:
    """Drop files whose time is over, with all their pieces."""
    due = claim(Export.objects.exclude(state="asked").filter(due_at__lte=now).order_by("due_at"), limit=DROPPED)
    Export.objects.filter(id__in=[there.id for there in due]).delete()
    return len(due)


def _go_on(there: Export, account: Account, *, now: datetime) -> None:
    """Write on until a piece is full or there is nothing more, and note the place."""
    known = {part.name: at for at, part in enumerate(registry.parts())}
    if there.place and there.place["part"] not in known:  # made by another version of the program: from the beginning
        there.pieces.all().delete()
        there.place, there.pieces_made, there.size = {}, 0, 0
    text = bytearray()
    if not there.place:
        text += _head(there, account)
        there.place = {"part": registry.parts()[0].name, "after": None, "rows": 0}
    place: dict[str, Any] | None = there.place
    while place is not None and len(text) < PIECE:
        part = registry.parts()[known[place["part"]]]
        if place["rows"] == 0 and place["after"] is None:
            text += b"," * (known[part.name] > 0) + orjson.dumps(part.name) + b":["
        batch = part.read(Asking(account=account, now=now, after=place["after"]))
        for at, row in enumerate(batch.rows, place["rows"]):
            text += b"," * (at > 0) + orjson.dumps(row, option=_JSON)
        place = _next(place, batch, known)
        if place is None or place["part"] != part.name:
            text += b"]"
    if place is None:
        text += b"}}"
    _keep(there, bytes(text))
    there.tries = 0
    if place is None:
        there.place = {}
        there.ready_at = now
        there.move(to="ready", due_at=now + KEPT)
        there.save()
        append(stream=account.inbox, kind=events.EXPORT_READY, ref=there.id, at=now)
    else:
        there.place = place
        there.save()


def _next(place: dict[str, Any], batch: registry.Batch, known: dict[str, int]) -> dict[str, Any] | None:
    """Where to go on: in this part, at the beginning of the next one, or nowhere."""
    if batch.after is not None:
        return {"part": place["part"], "after": batch.after, "rows": place["rows"] + len(batch.rows)}
    later = known[place["part"]] + 1
    if later == len(known):
        return None
    return {"part": registry.parts()[later].name, "after": None, "rows": 0}


def _head(there: Export, account: Account) -> bytes:
    told = {"format": FORMAT, "version": VERSION, "language": account.locale, "asked_at": there.asked_at}
    return orjson.dumps(told, option=_JSON)[:-1] + b',"parts":{'


def _keep(there: Export, text: bytes) -> None:
    public = vault.public_key(there.account_id)
    pieces: list[Piece] = []
    for start in range(0, len(text), PIECE):
        number = there.pieces_made + len(pieces)
        place = piece_place(export=there, number=number)
        sealed = vault.seal_to(public=public, text=text[start : start + PIECE], aad=place)
        pieces.append(Piece(export=there, number=number, sealed=sealed))
    Piece.objects.bulk_create(pieces, batch_size=4)
    there.pieces_made += len(pieces)
    there.size += len(text)


def _try_later(export: Any, account: Account, *, now: datetime) -> None:
    there = Export.objects.get(id=export)  # as it was before
    there.tries += 1
    if there.tries >= TRIES:
        _give_up(there, account, now=now)
        return
    there.due_at = now + AGAIN * 2**there.tries
    there.save(update_fields=["tries", "due_at"])


def _give_up(there: Export, account: Account, *, now: datetime) -> None:
    """The member is told; what was made goes. They may ask again."""
    there.pieces.all().delete()
    there.place, there.pieces_made, there.size = {}, 0, 0
    there.move(to="failed", due_at=now + KEPT)
    there.save()
    append(stream=account.inbox, kind=events.EXPORT_READY, ref=there.id, at=now)
