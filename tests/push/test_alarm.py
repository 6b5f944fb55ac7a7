"""What an operator sees of push: what is overdue, how late it is, and that a worker looks at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from backend.core.jobs import Job, jobs, run_job
from backend.core.push import figures
from backend.core.push.actions.waking import deliver
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Stream
from infra.drill.services import fcm_error
from tests.cast import Cast, utc_now
from tests.push.conftest import House, expand

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs"
LATE = figures.LATE


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def overdue(caplog: pytest.LogCaptureFixture) -> tuple[float, bool]:
    told = any("overdue" in record.getMessage() for record in caplog.records)
    caplog.clear()
    return value("naast_push_overdue"), told


def test_what_is_overdue_raises_the_alarm(house: House, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    now = utc_now()
    house.phone(cast.ana)
    house.work(now=now)
    caplog.clear()
    Stream.objects.update(unpushed=False)
    figures.watch(now + LATE)
    assert overdue(caplog) == (0, False)
    deliver(account=cast.ana.account, kind=Kind.ACCOUNT, now=now)  # a wish that nobody takes up
    figures.watch(now + LATE - timedelta(seconds=1))
    assert overdue(caplog) == (0, False)
    figures.watch(now + LATE)
    assert overdue(caplog) == (1, True)
    expand(now=now)  # a delivery that nobody sends
    figures.watch(now + LATE + timedelta(seconds=31))
    assert overdue(caplog) == (1, True)
    house.work(now=now)
    Stream.objects.filter(id=cast.ana.account.inbox).update(unpushed=True, at=now)  # a stream that nobody looks at
    figures.watch(now + LATE)
    assert overdue(caplog) == (1, True)


def test_what_came_of_pushes_and_how_late_they_were_is_counted(
    house: House, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    labels = {"transport": "fcm"}
    before = {outcome: value("naast_pushes_total", **labels, outcome=outcome) for outcome in ("sent", "denied")}
    taken = value("naast_push_lag_seconds_count")
    house.phone(cast.ana, "phone")
    house.fcm.answers["phone"] = [fcm_error(403, "PERMISSION_DENIED")]
    deliver(account=cast.ana.account, kind=Kind.ACCOUNT, now=utc_now())
    later = house.work()
    assert value("naast_pushes_total", **labels, outcome="denied") == before["denied"] + 1
    assert value("naast_push_lag_seconds_count") == taken
    assert "push by fcm is denied: PermissionDeniedError" in [it.getMessage() for it in caplog.records]
    assert "phone" not in caplog.text
    house.work(now=later, after=120)
    assert value("naast_pushes_total", **labels, outcome="sent") == before["sent"] + 1
    assert value("naast_push_lag_seconds_count") == taken + 1


def test_that_a_worker_looks_is_seen_even_when_a_job_fails() -> None:
    def fail(_: object) -> int:
        raise RuntimeError

    now = utc_now()
    run_job(Job("fails", fail), now=now)
    assert value("naast_worker_ticked_seconds") == pytest.approx(now.timestamp())


def test_alarms_are_jobs_and_each_figure_is_told_to_operators() -> None:
    assert {"overdue alarm", "push alarm"} <= {job.name for job in jobs()}
    page = (DOCS / "operating.md").read_text()
    for name in ("naast_checkins_overdue", "naast_checkins_opened_total", "naast_checkin_lag_seconds"):
        assert f"`{name}`" in page
    for name in ("naast_pushes_total{transport,outcome}", "naast_push_lag_seconds", "naast_push_overdue"):
        assert f"`{name}`" in page
    for sign in ("check-ins and wishes for contact are overdue", "pushes are overdue", "is denied", "is refused"):
        assert sign in page
    assert "`naast_worker_ticked_seconds`" in page
