"""Checkpoints of the audit: a cut tail and a chain made anew are found; 10,000 random tampers of a chain, too."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from backend.core import checkpoints
from backend.core.audit import ORIGIN, audit, first_fault, link
from backend.core.checkpoints import Checkpoint
from backend.core.db import write
from backend.core.jobs import jobs
from backend.core.models import AuditEntry, AuditHead
from tests.cast import utc_now

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TAMPERS = 10_000


@write
def note(number: int) -> None:
    audit(action="test.noted", at=utc_now(), by=uuid4(), data={"number": number})


@pytest.fixture
def kept(db: None, tmp_path: Path, settings: Settings) -> Path:
    """A chain of six entries with a checkpoint at the third and at the sixth."""
    settings.NAAST_CHECKPOINTS = str(tmp_path / "checkpoints")
    for number in range(6):
        note(number)
        if number in (2, 5):
            assert checkpoints.keep(now=NOW + timedelta(minutes=number)) == 0
    return tmp_path / "checkpoints"


def behind_its_back(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def test_it_holds(kept: Path) -> None:
    out = StringIO()
    call_command("audit", "verify", "--checkpoints", str(kept), stdout=out)
    assert "up to entry 6 by 2 checkpoints" in out.getvalue()


def test_a_tail_cut_off_with_the_head_is_found(kept: Path) -> None:
    behind_its_back(
        "DELETE FROM core_auditentry WHERE seq > 4",
        "UPDATE core_audithead SET seq = 4, hash = (SELECT hash FROM core_auditentry WHERE seq = 4)",
    )
    call_command("audit", "verify", stdout=StringIO())  # the chain alone cannot tell
    with pytest.raises(CommandError, match="checkpoint of entry 6"):
        call_command("audit", "verify", "--checkpoints", str(kept))


def test_a_chain_made_anew_is_found(kept: Path) -> None:
    rows = list(AuditEntry.objects.order_by("seq"))
    rows[1].action = "test.never"
    behind_its_back("DELETE FROM core_auditentry", "UPDATE core_audithead SET seq = 0")
    previous = ORIGIN
    for row in rows:
        row.previous = previous
        previous = row.hash = link(row)
    AuditEntry.objects.bulk_create(rows)
    AuditHead.objects.filter(id=1).update(seq=len(rows), hash=previous)
    call_command("audit", "verify", stdout=StringIO())
    with pytest.raises(CommandError, match="checkpoint of entry 3"):
        call_command("audit", "verify", "--checkpoints", str(kept))


FORGED: dict[str, Callable[[Checkpoint], Checkpoint]] = {
    "entry": lambda there: replace(there, seq=5),
    "hash": lambda there: replace(there, hash=bytes(32)),
    "time": lambda there: replace(there, at=NOW),
    "signature": lambda there: replace(there, signature=bytes(64)),
    "key": lambda there: replace(there, version=9),
}


@pytest.mark.parametrize("part", FORGED)
def test_a_forged_checkpoint_is_found(kept: Path, part: str) -> None:
    first, last = checkpoints.read(kept.read_bytes().splitlines())
    kept.write_bytes(first.line() + FORGED[part](last).line())
    with pytest.raises(CommandError, match="checkpoint of entry"):
        call_command("audit", "verify", "--checkpoints", str(kept))


@pytest.mark.parametrize("text", ["", "nothing\n", '{"seq": 1}\n'])
def test_what_is_no_checkpoint(kept: Path, text: str) -> None:
    kept.write_text(text)
    with pytest.raises(CommandError, match="checkpoint"):
        call_command("audit", "verify", "--checkpoints", str(kept))


def test_without_a_place_none_is_made(db: None, tmp_path: Path, settings: Settings) -> None:
    settings.NAAST_CHECKPOINTS = ""
    note(1)
    assert checkpoints.keep(now=NOW) == 0
    assert list(tmp_path.iterdir()) == []


def test_no_entry_no_checkpoint(db: None) -> None:
    assert checkpoints.make(now=NOW) is None


def test_the_worker_keeps_them() -> None:
    assert "checkpoints of the audit" in {job.name for job in jobs()}


def test_keys_for_who_keeps_them() -> None:
    out = StringIO()
    call_command("audit", "keys", stdout=out)
    assert out.getvalue().startswith("1 ")


# -- 10,000 random tampers --------------------------------------------------------------------------------------------


def build(length: int) -> list[AuditEntry]:
    """A chain in memory."""
    rows, previous = [], ORIGIN
    for seq in range(1, length + 1):
        row = AuditEntry(seq=seq, at=NOW + timedelta(seconds=seq), action="test.noted", by=uuid4(), previous=previous)
        row.data = {"number": seq}
        previous = row.hash = link(row)
        rows.append(row)
    return rows


def tamper(rows: list[AuditEntry], rng: random.Random) -> list[AuditEntry]:
    """One random change: of a field, a removal, a swap, one put in between, a cut."""
    at = rng.randrange(len(rows))
    changed = list(rows)
    row = changed[at] = copy.copy(rows[at])
    match rng.randrange(10):
        case 0:
            row.action = "test.never"
        case 1:
            row.by = uuid4()
        case 2:
            row.subject = uuid4()
        case 3:
            row.at += timedelta(microseconds=rng.randrange(1, 10**6))
        case 4:
            row.data = {"number": -1}
        case 5:
            row.hash = rng.randbytes(32)
        case 6:
            row.previous = rng.randbytes(32)
        case 7:
            del changed[at]
        case 8:
            other = (at + rng.randrange(1, len(rows))) % len(rows)
            changed[at], changed[other] = rows[other], rows[at]
        case 9:
            changed.insert(at, row)
    return changed


def test_random_tampers_are_all_found(db: None) -> None:
    rng = random.Random(2026)
    rows = build(12)
    AuditHead.objects.create(id=1, seq=12, hash=rows[-1].hash)
    assert first_fault(rows) is None
    missed = sum(first_fault(tamper(rows, rng)) is None for _ in range(TAMPERS))
    assert missed == 0
