"""Files of data, made and read as a member would."""

from __future__ import annotations

from typing import Any

import orjson

from backend.core.exports.actions.asking import ask_export, read_export
from backend.core.exports.actions.making import make_due
from backend.core.exports.models import Export
from tests.cast import Person, utc_now


def make(person: Person) -> Export:
    """Asked for and made."""
    made = ask_export(by=person.account, access_code=person.code, now=utc_now())
    while make_due(now=utc_now()):
        pass
    made.refresh_from_db()
    return made


def raw_of(person: Person) -> bytes:
    """The bytes of the file."""
    file = read_export(by=person.account, export=make(person).id, access_code=person.code, now=utc_now())
    raw = b"".join(file.pieces)
    assert len(raw) == file.size
    return raw


def file_of(person: Person) -> Any:
    """What the file says."""
    return orjson.loads(raw_of(person))
