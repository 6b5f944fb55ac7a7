"""The worker's walk through the audit: what it finds, when it begins anew, and what a page says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from backend.core import audit_check, checkpoints
from backend.core.audit import audit
from backend.core.audit_check import AFTER_A_FAULT, ANEW, LATE, standing, walk
from backend.core.db import write
from backend.core.jobs import jobs
from backend.core.models import AuditCheck

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@write
def note(number: int) -> None:
    audit(action="test.noted", at=NOW, by=uuid4(), data={"number": number})


@pytest.fixture(autouse=True)
def chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven entries, walked in steps of three."""
    monkeypatch.setattr(audit_check, "BATCH", 3)
    for number in range(7):
        note(number)


def walk_all(now: datetime) -> int:
    """As the worker does; → how many entries it went over."""
    done = 0
    while step := walk(now=now):
        done += step
    return done


def behind_its_back(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def check() -> AuditCheck:
    return AuditCheck.objects.get()


def test_it_walks_to_the_end_then_on_with_what_is_new_and_anew_after_a_day() -> None:
    assert walk_all(NOW) == 7
    assert (check().seq, check().reached_at, check().whole_at, check().fault) == (7, NOW, NOW, None)
    note(8)
    assert walk_all(NOW + MINUTE) == 1
    assert (check().reached_at, check().whole_at) == (NOW + MINUTE, NOW)
    assert walk_all(NOW + ANEW) == 8
    assert (check().began_at, check().whole_at) == (NOW + ANEW, NOW + ANEW)


TAMPERS = {
    "changed": ("UPDATE core_auditentry SET action = 'nothing' WHERE seq = 5", 5),
    "removed": ("DELETE FROM core_auditentry WHERE seq = 4", 4),
    "cut": ("DELETE FROM core_auditentry WHERE seq > 5", 6),
    "all gone": ("DELETE FROM core_auditentry", 1),
    "head set back": ("UPDATE core_audithead SET seq = 5", 6),
    "head's hash": ("UPDATE core_audithead SET hash = '\\x00'", 8),
    "added behind the head": (
        "INSERT INTO core_auditentry (seq, at, action, data, previous, hash)"
        " SELECT 8, at, action, data, hash, hash FROM core_auditentry WHERE seq = 7",
        8,
    ),
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_tamper_before_the_walk_is_found(tamper: str) -> None:
    statement, fault = TAMPERS[tamper]
    behind_its_back(statement)
    walk_all(NOW)
    assert (check().fault, check().fault_at, check().whole_at) == (fault, NOW, None)


@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_tamper_with_what_was_walked_is_found_within_a_day(tamper: str) -> None:
    walk_all(NOW)
    statement, fault = TAMPERS[tamper]
    behind_its_back(statement)
    walk_all(NOW + MINUTE)
    walk_all(NOW + ANEW)
    assert check().fault == fault


def test_a_fault_stays_until_a_whole_pass_finds_none() -> None:
    behind_its_back("UPDATE core_auditentry SET action = 'nothing' WHERE seq = 2")
    walk_all(NOW)
    behind_its_back("UPDATE core_auditentry SET action = 'test.noted' WHERE seq = 2")
    assert walk_all(NOW + MINUTE) == 0
    assert check().fault == 2
    assert walk_all(NOW + AFTER_A_FAULT) == 7
    assert (check().fault, check().whole_at) == (None, NOW + AFTER_A_FAULT)


def test_what_a_page_says(tmp_path: Path, settings: Settings) -> None:
    settings.NAAST_CHECKPOINTS = ""
    before = standing(at=NOW)
    assert (before.last, before.walk_late, before.kept, before.checkpoint) == (7, True, False, None)
    settings.NAAST_CHECKPOINTS = str(tmp_path / "checkpoints")
    walk_all(NOW)
    checkpoints.keep(now=NOW)
    note(8)
    checkpoints.keep(now=NOW + MINUTE)
    told = standing(at=NOW + MINUTE)
    assert told.checkpoint is not None
    assert (told.checkpoint.seq, told.checkpoint.at, told.fits) == (8, NOW + MINUTE, True)
    assert (told.walk_late, told.checkpoint_late) == (False, False)
    later = standing(at=NOW + LATE + 2 * MINUTE)
    assert (later.walk_late, later.checkpoint_late) == (True, True)


def test_a_tail_cut_off_with_the_head_does_not_fit(tmp_path: Path, settings: Settings) -> None:
    settings.NAAST_CHECKPOINTS = str(tmp_path / "checkpoints")
    checkpoints.keep(now=NOW)
    behind_its_back("DELETE FROM core_auditentry WHERE seq > 5")
    behind_its_back(
        "UPDATE core_audithead SET seq = 5, hash = (SELECT hash FROM core_auditentry WHERE seq = 5)",
    )
    walk_all(NOW)
    told = standing(at=NOW)
    assert (told.check.fault, told.fits) == (None, False)  # the chain alone cannot tell


def test_what_cannot_be_read_back_is_no_checkpoint(tmp_path: Path, settings: Settings) -> None:
    place = tmp_path / "checkpoints"
    settings.NAAST_CHECKPOINTS = str(place)
    checkpoints.keep(now=NOW)
    AuditCheck.objects.update(checkpoint=b"nonsense")
    assert standing(at=NOW).checkpoint is None


def test_it_costs_the_same_however_long_the_chain_is(tmp_path: Path, settings: Settings) -> None:
    settings.NAAST_CHECKPOINTS = str(tmp_path / "checkpoints")
    checkpoints.keep(now=NOW)
    with CaptureQueriesContext(connections["default"]) as caught:
        standing(at=NOW)
    assert len(caught) <= 4


def test_the_worker_walks_beside_its_other_jobs() -> None:
    (job,) = [job for job in jobs() if job.name == "check of the audit"]
    assert job.lane != "house"
