"""`manage.py work`: does what is due, until it is told to stop. Any number may run at once."""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from backend.core.jobs import TICK_S, jobs, run_job


class Command(BaseCommand):
    """The worker."""

    help = "Does what is due, until it is told to stop (SIGINT or SIGTERM)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        next_at = {job.name: 0.0 for job in jobs()}
        while not stop.is_set():
            for job in jobs():
                if next_at[job.name] <= time.monotonic() and not stop.is_set():
                    run_job(job, now=datetime.now(UTC), stop=stop)
                    next_at[job.name] = time.monotonic() + job.every_s
            close_old_connections()
            if once:
                return
            stop.wait(TICK_S)
