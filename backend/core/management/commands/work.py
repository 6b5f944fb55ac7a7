"""`manage.py work`: does what is due, until it is told to stop. Any number may run at once."""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connections

from backend.core.jobs import TICK_S, Job, jobs, run_due, run_job


class Command(BaseCommand):
    """The worker."""

    help = "Does what is due, until it is told to stop (SIGINT or SIGTERM)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if once:
            run_due(now=datetime.now(UTC), stop=stop)
            return
        lanes: dict[str, list[Job]] = {}
        for job in jobs():
            lanes.setdefault(job.lane, []).append(job)
        threads = [threading.Thread(target=_run_lane, args=(lane, stop), name=name) for name, lane in lanes.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # so that a signal is heard meanwhile
                thread.join(TICK_S)


def _run_lane(lane: list[Job], stop: threading.Event) -> None:
    """The jobs of one lane, one after another, each as often as it asks for."""
    next_at = {job.name: 0.0 for job in lane}
    while not stop.is_set():
        for job in lane:
            if next_at[job.name] <= time.monotonic() and not stop.is_set():
                run_job(job, now=datetime.now(UTC), stop=stop)
                next_at[job.name] = time.monotonic() + job.every_s
        close_old_connections()
        stop.wait(TICK_S)
    connections.close_all()
