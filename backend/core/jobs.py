"""The one clock: every app's due work, run by `manage.py work`.

Rows are the truth, ticks are not: what was missed is still due.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Gauge

from backend.core.sealing import vault

log = logging.getLogger(__name__)
_TICKED = Gauge(
    "naast_worker_ticked_seconds", "When a worker last looked at what is due, in Unix time.", multiprocess_mode="max"
)

TICK_S = 1.0


@dataclass(frozen=True)
class Job:
    """`act(now)` claims a batch of what is due, acts, and returns how many rows it found; 0: nothing is due.

    Jobs of one lane follow each other; a lane of its own is for what waits for other servers.
    """

    name: str
    act: Callable[[datetime], int]
    every_s: float = TICK_S
    lane: str = "house"


_jobs: dict[str, Job] = {}


def register_job(*, name: str, act: Callable[[datetime], int], every_s: float = TICK_S, lane: str = Job.lane) -> None:
    """Called by apps at `ready()`."""
    _jobs[name] = Job(name, act, every_s, lane)


def run_due(*, now: datetime, stop: threading.Event | None = None) -> int:
    """Run every job until nothing is due; → how many rows were acted on. A failing job does not hold up the others."""
    done = 0
    for job in _jobs.values():
        done += run_job(job, now=now, stop=stop)
    return done


def run_job(job: Job, *, now: datetime, stop: threading.Event | None = None) -> int:
    """Run one job until nothing is due."""
    done = 0
    _TICKED.set(now.timestamp())
    try:
        with vault.unasked():  # no member is here
            while (acted := job.act(now)) and not (stop is not None and stop.is_set()):
                done += acted
    except Exception:
        log.exception("job %s failed; its rows stay due", job.name)
    return done


def jobs() -> list[Job]:
    """All registered jobs."""
    return list(_jobs.values())
