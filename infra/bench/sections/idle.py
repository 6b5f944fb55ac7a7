"""Idle sockets: what one costs in memory, and how soon everybody is current after all have dropped at once."""

import statistics
import time
from collections.abc import Callable
from functools import partial

from infra.bench import names
from infra.bench.load.frames import read_frame
from infra.bench.machine import cpu_s_of, memory_kib_of
from infra.bench.measure import BODY, Case, Figures, Record, log_in, open_sockets, run_rounds, running
from infra.bench.ours import Ours
from infra.bench.sections.plan import IDLE_FIRST, IDLE_MEMBERS, Setting
from infra.bench.storm import Client, run_storm

WARM = 50  # sockets before the count starts: imports, pools, caches
STORM = 5_000
SETTLE_S = 1.0  # after the last sign-in: what it leaves behind is not what a socket costs
IDLE_S = 3.0  # the window in which nothing happens, and the CPU that it takes is counted
PINNING = "everything floats over all cores"


def measure_idle(setting: Setting) -> list[Record]:
    """Memory at each size, then the storm."""

    make = partial(Ours, setting.database, setting.redis_url, IDLE_FIRST)
    sizes = (1_000,) if setting.quick else (5_000, 10_000)
    storm = 1_000 if setting.quick else STORM
    cases = [Case("ours", str(size), partial(hold_sockets, make, size)) for size in sizes]
    cases.append(Case("reconnect storm", str(storm), partial(come_back, make, storm)))
    setting.notes["idle"] = PINNING
    return run_rounds("idle", cases, min(2, setting.rounds))


def hold_sockets(make: Callable[[], Ours], count: int) -> Figures:
    """Open `count` sockets, wait, and look at the server."""
    ours = make()
    with running(ours, None), open_sockets() as sockets:
        ours.expect(count, 1)
        sockets += log_in(ours.open, [(n,) for n in range(WARM)], ours.logins_at_once)
        before = memory_kib_of(ours.pids())
        began, used = time.monotonic(), cpu_s_of(ours.pids())
        sockets += log_in(ours.open, [(n,) for n in range(WARM, count)], ours.logins_at_once)
        took, used = time.monotonic() - began, cpu_s_of(ours.pids()) - used
        time.sleep(SETTLE_S)
        memory = memory_kib_of(ours.pids()) - before
        rest = cpu_s_of(ours.pids())
        time.sleep(IDLE_S)
        return {
            "KiB/socket": memory / (count - WARM),
            "sockets/s": (count - WARM) / took,
            "CPU ms/socket": used / (count - WARM) * 1e3,
            "idle CPU": (cpu_s_of(ours.pids()) - rest) / IDLE_S,
        }


def come_back(make: Callable[[], Ours], count: int) -> Figures:
    """Everybody drops, each room gets a message meanwhile, everybody resumes from where they were."""
    ours = make()
    with running(ours, None):
        with open_sockets() as sockets:
            ours.expect(count, 1)
            sockets += log_in(ours.open, [(n,) for n in range(count)], ours.logins_at_once)
        with open_sockets() as sockets:
            ours.give_tickets(range(0, count, IDLE_MEMBERS))
            for account in range(0, count, IDLE_MEMBERS):
                sockets.append(ours.open(account))
                sockets[-1].sendall(ours.send_frame(IDLE_FIRST + account // IDLE_MEMBERS, BODY))
            for sock in sockets:
                while b'"ack"' not in read_frame(sock):
                    pass
        clients = [
            Client(
                token=names.token_of(account),
                cursors={str(names.conversation_id(IDLE_FIRST + account // IDLE_MEMBERS)): 0},
                current=b"message.created",
            )
            for account in range(count)
        ]
        used = cpu_s_of(ours.pids())
        storm = run_storm(ours.port, clients)
        return {
            "all current s": max(storm.seconds),
            "median s": statistics.median(storm.seconds),
            "p99 s": statistics.quantiles(storm.seconds, n=100)[98],
            "retries": storm.retries,
            "CPU ms/client": (cpu_s_of(ours.pids()) - used) / count * 1e3,
        }
