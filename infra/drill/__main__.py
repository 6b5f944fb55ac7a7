"""`make drill`: every fault in turn.

DRILL=short is the form that `make test` runs, DRILL=mutants shows that it can fail, DRILL=<fault>,… is those alone,
DRILL=short:<fault>,… a short form of them. DRILL=worker is the worker's own: see `infra/drill/workers/drill.py`.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.bench.machine import ROOT, machine_facts
from infra.drill.check import Verdict, check
from infra.drill.crowd import Crowd, NotWhole
from infra.drill.drill import ACCOUNTS, MUTANT, SHORT, Drill, Scale, members_of, talks_of
from infra.drill.faults import FAULTS, IN_SHORT, Fault, kill_first_server, kill_second_server, kill_valkey
from infra.drill.house import SERVE, open_house
from infra.drill.report import Row, render_table, save
from infra.drill.truth import read_truth
from infra.drill.workers import drill as workers

VAR = Path(os.environ.get("NAAST_VAR") or ROOT / "var").resolve() / "drill"
LONGEST_S = 590.0
SHOWN = 10  # faults that are printed
MUTANTS: dict[str, tuple[str, Sequence[Fault]]] = {
    "no-mending": ("without the repair of gaps", [kill_valkey]),
    "early-ack": ("with acks before the commit", [kill_first_server, kill_second_server]),
}


async def run_drill(
    folder: Path, scale: Scale, faults: Iterable[Fault], *, serve: Sequence[str] = SERVE, quiet: bool = False
) -> tuple[Verdict, list[Row]]:
    """Start a house and a crowd, let the faults happen, compare the ledger with the truth."""
    for old in ("run", "log"):
        shutil.rmtree(folder / old, ignore_errors=True)
    members = members_of(scale)
    async with open_house(folder, accounts=ACCOUNTS, talks=talks_of(scale), serve=serve) as house:
        crowd = Crowd(folder / "run", [server.url for server in house.servers], members, scale.crews)
        drill = Drill(house, crowd, scale, quiet)
        end = Row("at the end")
        try:
            crowd.start()
            await crowd.all_here()
            crowd.order(pace=scale.pace, size=scale.size)
            for fault in faults:
                try:
                    await fault(drill)
                except Exception as broken:  # the others still count, and so does the ledger
                    told = f"{fault.__name__} broke off: {type(broken).__name__}: {broken}"
                    drill.add(Row(fault.__name__, missed=[told]))
            crowd.order(pace=0)
            try:
                end.whole_s = await crowd.whole(quiet=True, timeout_s=scale.patience_s)
            except NotWhole as left:
                end.missed.append(str(left))
            with house.connect() as connection:
                truth = await read_truth(connection, [server.url for server in house.servers], members)
            verdict = check(crowd.ledger.accounts.values(), truth)
        finally:
            crowd.end()
        end.more["shown again, as the contract allows"] = f"{verdict.repeats:,}"
        drill.add(end)
    return verdict, drill.rows


async def run_mutants(names: Iterable[str] = MUTANTS) -> bool:
    """Whether the drill goes red for each mutant."""
    red = True
    for name in names:
        about, faults = MUTANTS[name]
        serve = ("-m", "infra.drill.mutants", name)
        verdict, _ = await run_drill(VAR / name, MUTANT, faults, serve=serve, quiet=True)
        found = bool(verdict.faults)
        seen = "red, as it must be" if found else "GREEN: the drill does not see it"
        print(f"mutant {about}: {verdict.line()}: {seen}", flush=True)
        red &= found
    return red


async def main(asked: str) -> int:
    """Run what is asked for; 0 when nothing was lost, doubled or left out and every limit was kept."""
    began = time.monotonic()
    form, _, chosen = asked.partition(":")
    if form == "mutants":
        return 0 if await run_mutants(chosen.split(",") if chosen else MUTANTS) else 1
    if form == "worker":
        return await asyncio.to_thread(drill_workers, chosen, began)
    short = form == "short"
    if not short:
        chosen = form
    faults = [FAULTS[name] for name in (chosen.split(",") if chosen else IN_SHORT if short else FAULTS)]
    facts = machine_facts()
    verdict, rows = await run_drill(VAR / "house", SHORT if short else Scale(), faults)
    missed = [miss for row in rows for miss in row.missed]
    if not chosen and not short and not await run_mutants():
        missed.append("the drill does not see every mutant")
    if not chosen and not short:
        _, found = await asyncio.to_thread(workers.run, VAR / "workers", "whole")
        missed += [miss for row in found for miss in row.missed]
        rows += found
    print(f"\n{render_table(rows)}\n")
    for fault in verdict.faults[:SHOWN]:
        print(f"{fault.kind}: {fault.text}")
    for miss in missed:
        print(f"missed: {miss}")
    end = {
        "verdict": verdict.line(),
        "faults_found": [list(fault) for fault in verdict.faults[:1000]],
        "seconds": time.monotonic() - began,
        "machine": facts,
    }
    save(VAR / f"{asked.replace(':', '-') or 'drill'}.json", rows, end)
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    print(verdict.line(), flush=True)
    return 1 if verdict.faults or missed else 0


def drill_workers(form: str, began: float) -> int:
    """The worker's drill alone; 0 when it found nothing, and saw every mutant that was asked for."""
    verdict, rows = workers.run(VAR / "workers", form)
    missed = [miss for row in rows for miss in row.missed]
    for miss in missed:
        print(f"missed: {miss}")
    last = verdict.line() if verdict else ""
    seconds = time.monotonic() - began
    save(
        VAR / f"worker{form and '-'}{form}.json",
        rows,
        {"verdict": last, "seconds": seconds, "machine": machine_facts()},
    )
    print(f"{seconds:.0f} s", file=sys.stderr)
    if last:
        print(last, flush=True)
    return 1 if missed or (verdict is not None and verdict.faults) else 0


async def run_bounded(asked: str) -> int:
    """`main`, but never longer than LONGEST_S, and ended in order by SIGINT or SIGTERM."""
    task = asyncio.create_task(main(asked))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await asyncio.wait_for(task, LONGEST_S)
    except TimeoutError:
        print(f"The drill took longer than {LONGEST_S:.0f} s.", file=sys.stderr)
    except asyncio.CancelledError:
        print("The drill was ended before its time.", file=sys.stderr)
    workers.stop.set()
    return 1


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.exit(asyncio.run(run_bounded(os.environ.get("DRILL", ""))))
