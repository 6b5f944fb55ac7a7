"""Transparency figures: whole years, by reason and measure; what is rare is not told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from moderation.models import Appeal, Case, Decision, Measure, Report
from moderation.queries.figures import transparency
from tests.asking import API

pytestmark = pytest.mark.django_db

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
NEXT = datetime(2027, 3, 1, tzinfo=UTC)


def decided(reason: str, *, kind: str, hours: int, upheld: bool = False, at: datetime = JUNE) -> None:
    ends = at + timedelta(hours=hours)
    given = {"kind": "rule", "about": str(uuid4()), "reason": reason, "priority": "low", "language": "nl"}
    case = Case.objects.create(**given, state="decided", opened_at=at, due_at=at, decided_at=ends)
    Report.objects.create(case=case, target="message", reason=reason, received_at=at)
    made = Decision.objects.create(case=case, state="in_force", made_at=ends, in_force_at=ends)
    Measure.objects.create(decision=made, kind=kind, state="applied")
    Appeal.objects.create(decision=made, state="upheld" if upheld else "rejected", made_at=ends, due_at=ends)


def test_a_year_in_figures() -> None:
    for number in range(13):
        decided("contempt", kind="hide", hours=4, upheld=number < 9)
    for _ in range(9):
        decided("minor", kind="exclude", hours=9)
    with time_machine.travel(NEXT, tick=False):
        (told,) = APIClient().get(f"{API}/transparency").json()["items"]
    assert (told["year"], told["appeals"], told["overturned"], told["median_hours_to_decision"]) == (2026, 20, None, 4)
    assert told["reports"]["contempt"] == told["measures"]["hide"] == 10
    assert told["reports"]["minor"] is told["measures"]["exclude"] is None  # nine: not told
    assert told["reports"]["spam"] is None  # none looks like a few


def test_a_year_that_runs_is_not_told() -> None:
    for _ in range(20):
        decided("contempt", kind="hide", hours=4)
    assert transparency(at=JUNE + timedelta(days=30)) == []
    assert APIClient().get(f"{API}/transparency", {"year": 2026}).status_code == 400


def test_one_more_does_not_show() -> None:
    for _ in range(11):
        decided("contempt", kind="hide", hours=4)
    before = transparency(at=NEXT)
    decided("contempt", kind="hide", hours=4)
    assert transparency(at=NEXT) == before


def test_as_many_queries_for_many() -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            decided("contempt", kind="hide", hours=4)
        with CaptureQueriesContext(connection) as asked:
            transparency(at=NEXT)
        counts.append(len(asked))
    assert counts[0] == counts[1]
