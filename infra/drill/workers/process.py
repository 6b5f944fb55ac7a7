"""Workers of the drill, all from one program: `python -m infra.drill.workers.process [mutant]`.

For each line on its input it forks a worker and prints its process id: so one starts in no time, however often it is
killed. A worker is `manage.py work` with times that fit into a drill: a jitter of 2 s instead of 30, a lease of 4 s
instead of two minutes. A mutant has one guard taken out, to show that the drill can fail; it is nowhere in the product.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.drill.workers.settings")
django.setup()

import google.auth.credentials  # noqa: E402  (settings come first)
from django.core.management import call_command  # noqa: E402

from backend.core import jobs  # noqa: E402
from backend.core.db import write  # noqa: E402
from backend.core.push import transports  # noqa: E402
from backend.core.push.actions import sending, waking  # noqa: E402
from backend.core.push.transports.verdicts import Outcome, Verdict  # noqa: E402
from peers.checkins.actions import clock  # noqa: E402

JITTER_S = 2.0
LEASE = timedelta(seconds=4)
SLOW_S = 0.3  # between the two halves of what a mutant has torn apart


def settle_first() -> None:
    """Pushes are written down as sent, and then sent."""

    def send_due(*, now: datetime) -> int:
        count, taken = sending._take(now=now)
        if taken:
            sending._settle([(one, Verdict(Outcome.SENT)) for one in taken], now=now)
            time.sleep(SLOW_S)
            transports.send([one.push for one in taken])
        return count

    _replace("push deliveries", send_due)


def tell_later() -> None:
    """Check-ins are opened in one write, and told of in the next."""
    append = vars(clock)["append"]
    told: list[dict[str, Any]] = []
    vars(clock)["append"] = lambda **given: told.append(given)

    @write
    def tell() -> None:
        for given in told:
            append(**given)

    def open_due(*, now: datetime) -> int:
        told.clear()
        count = clock.open_due(now=now)
        if count:
            time.sleep(SLOW_S)
            tell()
        return count

    _replace("check-ins that are due", open_due)


def keep_leases() -> None:
    """What somebody has taken nobody else takes any more."""
    sending.LEASE = timedelta(days=365)


def _replace(name: str, act: Any) -> None:
    before = next(job for job in jobs.jobs() if job.name == name)
    jobs.register_job(name=name, act=lambda now: int(act(now=now)), lane=before.lane)


MUTANTS = {"settle-first": settle_first, "tell-later": tell_later, "endless-lease": keep_leases}


def fork() -> int:
    """Start a worker; → its process id. Does not return in the worker."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    status = 1
    try:
        call_command("work")
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    importlib.import_module("firebase_admin.messaging")  # two seconds, once
    waking.JITTER_S, sending.LEASE = JITTER_S, LEASE
    # Google's library would ask Google, in the background, where the account may be used.
    boundary = google.auth.credentials.CredentialsWithRegionalAccessBoundary
    boundary._is_regional_access_boundary_lookup_required = lambda self: False  # type: ignore[method-assign]
    for mutant in sys.argv[1:]:
        MUTANTS[mutant]()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for _ in sys.stdin:
        print(fork(), flush=True)
