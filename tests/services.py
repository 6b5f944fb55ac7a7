"""Real PostgreSQL for the tests: one cluster per run, a migrated template, a clone per worker or journey."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from infra.embedded.postgres import Cluster, build_url

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "template_naast"
KEYSTORE = "_keystore"

# Kept beside the tables, in every clone: what migrations put into them, for `reset_database`.
_KEEP_ROWS = """
DO $$
DECLARE t text; filled boolean;
BEGIN
    CREATE SCHEMA pristine;
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', t, t); END IF;
    END LOOP;
END $$
"""
# As the owner and as a replica: no trigger fires, not even those that refuse to forget.
_RESET = """
DO $$
DECLARE t text;
BEGIN
    SET LOCAL lock_timeout = '5s';
    SET LOCAL session_replication_role = replica;
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('public.%I', tablename), ', ') || ' CASCADE'
             FROM pg_tables WHERE schemaname = 'public');
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'pristine' LOOP
        EXECUTE format('INSERT INTO public.%I SELECT * FROM pristine.%I', t, t);
    END LOOP;
END $$
"""


@contextmanager
def run_cluster(*, durable: bool) -> Iterator[Path]:
    """Run a cluster in a folder of its own until the end of the block; yields its data_dir."""
    data_dir = Path(tempfile.mkdtemp(prefix="naast-test-", dir="/tmp"))
    cluster = Cluster(data_dir, durable=durable, shared_buffers="64MB")
    try:
        cluster.start()
        yield data_dir
    finally:
        cluster.stop()
        shutil.rmtree(cluster.home, ignore_errors=True)
        shutil.rmtree(data_dir, ignore_errors=True)


def prepare_template(data_dir: Path) -> None:
    """Migrate the template databases, once; the first worker that asks does it and the others wait."""
    with (data_dir / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = data_dir / "template.done"
        if done.exists():
            return
        environment = os.environ | {
            "DATABASE_URL": build_url(data_dir, TEMPLATE),
            "KEYSTORE_URL": build_url(data_dir, TEMPLATE + KEYSTORE),
            "DJANGO_SETTINGS_MODULE": "backend.settings.dev",
        }
        made = subprocess.run(
            [sys.executable, "-m", "infra.migrate"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"The template was not migrated:\n{made.stderr.decode()}")
        for name in (TEMPLATE, TEMPLATE + KEYSTORE):
            with psycopg.connect(build_url(data_dir, name), autocommit=True) as connection:
                connection.execute(_KEEP_ROWS)
        done.touch()


@contextmanager
def clone_databases(data_dir: Path, name: str) -> Iterator[dict[str, str]]:
    """Clone both databases as `name` and `name` + `_keystore`; drop them at the end.

    Yields the two addresses as environment variables.
    """
    prepare_template(data_dir)
    names = [name, name + KEYSTORE]
    with psycopg.connect(build_url(data_dir, "postgres"), autocommit=True) as server:
        for database, template in zip(names, (TEMPLATE, TEMPLATE + KEYSTORE), strict=True):
            # A copy of files: twice as fast as the write-ahead log for small databases.
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            server.execute(statement.format(sql.Identifier(database), sql.Identifier(template)))
    yield {"DATABASE_URL": build_url(data_dir, names[0]), "KEYSTORE_URL": build_url(data_dir, names[1])}
    with psycopg.connect(build_url(data_dir, "postgres"), autocommit=True) as server:
        for database in names:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def reset_database(url: str) -> None:
    """Put back what the migrations left, in place: other connections to it stay usable."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_RESET)
