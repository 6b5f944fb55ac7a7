"""`make bench`: everything; BENCH=<section> one of them; BENCH=quick a little of each in three minutes.

ROUNDS=2 measures everything twice instead of three times.
"""

import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable

from infra.bench.database import run_database
from infra.bench.machine import VAR, machine_facts
from infra.bench.measure import Record
from infra.bench.ours import plant
from infra.bench.plots import draw_plots
from infra.bench.report import load_results, merge, records_in, render_tables, save_results
from infra.bench.sections.checkins import measure_checkins
from infra.bench.sections.console import measure_console
from infra.bench.sections.durable import measure_durable
from infra.bench.sections.fanout import measure_fanout
from infra.bench.sections.idle import measure_idle
from infra.bench.sections.peers import measure_peers
from infra.bench.sections.plan import ACCOUNTS, CONVERSATIONS, Setting
from infra.bench.sections.reads import measure_reads
from infra.embedded.valkey import Valkey

SECTIONS: dict[str, Callable[[Setting], list[Record]]] = {
    "fanout": measure_fanout,
    "durable": measure_durable,
    "idle": measure_idle,
    "reads": measure_reads,
    "peers": measure_peers,
    "checkins": measure_checkins,
    "console": measure_console,
}


def main() -> int:
    """Measure what BENCH names; 1 when a measurement failed, 2 when BENCH names nothing."""
    asked = os.environ.get("BENCH", "")
    quick = asked == "quick"
    if asked not in {"", "quick", *SECTIONS}:
        print(f"BENCH is one of quick, {', '.join(SECTIONS)}, or nothing for all.", file=sys.stderr)
        return 2
    if shutil.which("cc") is None:
        print("The load client needs a C compiler: apt install gcc libc6-dev", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and cluster are ended on the way out
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    VAR.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    facts = machine_facts()
    folder = VAR / "quick" if quick else VAR
    results = load_results(folder) if asked in SECTIONS else {}
    failed = []
    with run_database() as database, Valkey() as valkey:
        facts |= database.facts()
        setting = Setting(database, valkey.url, quick=quick, rounds=1 if quick else int(os.environ.get("ROUNDS", "3")))
        plant(database, ACCOUNTS, CONVERSATIONS)
        for section, measure in SECTIONS.items():
            if asked in SECTIONS and asked != section:
                continue
            try:
                records = measure(setting)
            except (OSError, RuntimeError) as error:  # the other sections can still be had
                records = [Record(section, "ours", "", 0, error=f"{type(error).__name__}: {error}")]
            failed += [record for record in records if record.error and not record.absent]
            results = merge(results, section, records, notes=setting.notes, facts=facts)
            save_results(folder, results)
    print(render_tables(results))
    for path in draw_plots(folder, records_in(results)):
        print(path)
    for record in failed:
        print(f"not measured: {record.section} {record.subject} {record.size}: {record.error}", file=sys.stderr)
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
