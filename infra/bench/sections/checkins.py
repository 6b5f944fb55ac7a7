"""A tick of the worker: it costs by what is due, not by how many plans there are."""

import json
import subprocess
import sys

from infra.bench.machine import ROOT
from infra.bench.measure import Record
from infra.bench.ours import environment
from infra.bench.sections.plan import Setting

DUE = 1_000
FEW, MANY = 10_000, 500_000


def measure_checkins(setting: Setting) -> list[Record]:
    """1,000 due among few plans and among many; fresh databases for each, the same number of rounds."""
    records = []
    for plans in (FEW, MANY // 10 if setting.quick else MANY):
        name = f"bench_due_{plans}"
        for database in (name, f"{name}_keystore"):
            setting.database.create(database)
        env = environment(setting.database, "")
        env |= {"DATABASE_URL": setting.database.url(name), "KEYSTORE_URL": setting.database.url(f"{name}_keystore")}
        done = subprocess.run(
            [sys.executable, "-m", "infra.bench.due"],
            input=json.dumps({"plans": plans, "due": DUE, "rounds": max(3, setting.rounds)}),
            text=True,
            cwd=ROOT,
            env={**env, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"infra.bench.due: {done.stderr[-1500:]}")
        for number, figures in enumerate(json.loads(done.stdout.splitlines()[-1])):
            records.append(Record("checkins", "tick", str(plans), number, figures))
        for database in (name, f"{name}_keystore"):
            setting.database.run("postgres", f"DROP DATABASE {database} WITH (FORCE)")
    setting.notes["checkins"] = f"{DUE} check-ins are due among so many plans; one worker opens them and makes the next"
    return records
