"""A member asks for their data, and reads it once it is made. Both ask for the code: an open phone is not enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core import limits
from backend.core.accounts import access as accounts
from backend.core.accounts.actions.codes import CODE_ASKED, check_code
from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.exports import access, errors
from backend.core.exports.models import Export, Piece, piece_place
from backend.core.limits import Rate
from backend.core.sealing import vault

A_DAY = Rate(count=3, per_s=86_400, burst=3)  # of one account; fails closed


@dataclass(frozen=True, slots=True)
class File:
    """`pieces` opens one after the other, as they are asked for."""

    size: int
    pieces: Iterator[bytes]


def ask_export(*, by: Account, access_code: str, now: datetime) -> Export:
    """Ask for a file with all that is kept about oneself; the worker makes it. While one is made, that one is returned.

    An earlier file is dropped. Raises `AccessCodeWrong`, `CodeMalformed`, `TooMany`.
    """
    limits.take(name="code asked", key=by.id.bytes, rate=CODE_ASKED, now=now)
    vault.create_key(owner=by.id, at=now)  # the file is sealed to it
    return _ask_export(by=by, access_code=access_code, now=now)


@write
def _ask_export(*, by: Account, access_code: str, now: datetime) -> Export:
    account = accounts.account(account=by.id, lock=True)
    check_code(account=account, access_code=access_code)
    running = Export.objects.filter(account=account, state="asked").first()
    if running is not None:
        return running
    limits.take(name="exports", key=account.id.bytes, rate=A_DAY, now=now)
    Export.objects.filter(account=account).delete()
    made = Export.objects.create(account=account, asked_at=now, due_at=now)
    audit(action="export.asked", at=now, by=account.id, subject=account.id, data={"export": str(made.id)})
    return made


def read_export(*, by: Account, export: UUID, access_code: str, now: datetime) -> File:
    """The finished file. Raises `NotFound`, `AccessCodeWrong`, `CodeMalformed`, `ExportNotReady`, `TooMany`."""
    access.export(by=by, export=export, at=now)  # before anything is counted
    limits.take(name="code asked", key=by.id.bytes, rate=CODE_ASKED, now=now)
    there = _note_reading(by=by, export=export, access_code=access_code, now=now)
    return File(size=there.size, pieces=_open_pieces(there, now=now))


@write
def _note_reading(*, by: Account, export: UUID, access_code: str, now: datetime) -> Export:
    account = accounts.account(account=by.id, lock=True)
    there = access.export(by=account, export=export, at=now)
    check_code(account=account, access_code=access_code)
    if there.state != "ready":
        raise errors.ExportNotReady
    audit(action="export.read", at=now, by=account.id, subject=account.id, data={"export": str(there.id)})
    return there


def _open_pieces(export: Export, *, now: datetime) -> Iterator[bytes]:
    """One piece in memory at a time. A file that is dropped meanwhile ends before its size."""
    for number in range(export.pieces_made):
        sealed = Piece.objects.filter(export=export, number=number).values_list("sealed", flat=True).first()
        if sealed is None:
            return
        place = piece_place(export=export, number=number)
        yield vault.open_own(account=export.account_id, sealed=[(bytes(sealed), place)], now=now)[0]
