"""The moderators' pages among few and among many cases: what a page costs the server."""

import json
import subprocess
import sys

from infra.bench.machine import ROOT
from infra.bench.measure import Record
from infra.bench.ours import environment
from infra.bench.sections.plan import Setting

FEW, MANY = 200, 20_000
CALLS = 100


def measure_console(setting: Setting) -> list[Record]:
    """The queue and a case page, in fresh databases for each number of cases."""
    records = []
    for cases in (FEW, MANY // 10 if setting.quick else MANY):
        name = f"bench_cases_{cases}"
        for database in (name, f"{name}_keystore"):
            setting.database.create(database)
        env = environment(setting.database, "")
        env |= {"DATABASE_URL": setting.database.url(name), "KEYSTORE_URL": setting.database.url(f"{name}_keystore")}
        done = subprocess.run(
            [sys.executable, "-m", "infra.bench.pages"],
            input=json.dumps({"cases": cases, "calls": CALLS, "rounds": setting.rounds}),
            text=True,
            cwd=ROOT,
            env={**env, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"infra.bench.pages: {done.stderr[-1500:]}")
        for number, pages in enumerate(json.loads(done.stdout.splitlines()[-1])):
            records += [Record("console", page, str(cases), number, figures) for page, figures in pages.items()]
        for database in (name, f"{name}_keystore"):
            setting.database.run("postgres", f"DROP DATABASE {database} WITH (FORCE)")
    setting.notes["console"] = "from the request to the rendered page in one thread, without the network; half are open"
    return records
