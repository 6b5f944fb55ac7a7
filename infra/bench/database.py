"""The bench's PostgreSQL: the embedded one with fsync on, open to loopback for peers that know no Unix socket."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from infra.bench.machine import VAR, free_port, tree_of
from infra.embedded.postgres import OWNER, Cluster

SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "server_version")


class Database:
    """One running cluster. Peers and ours use it in turn, never at once."""

    def __init__(self, cluster: Cluster, tcp_port: int) -> None:
        self.cluster = cluster
        self.tcp_port = tcp_port
        self.user = OWNER
        self.folder = parse_qs(urlsplit(cluster.url("postgres")).query)["host"][0]

    def url(self, name: str) -> str:
        """The address of database `name`."""
        return self.cluster.url(name)

    def create(self, name: str, script: Path | None = None) -> None:
        """An empty database `name`, and what `script` makes in it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {name}".encode())
        if script is not None:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                connection.execute(script.read_bytes())

    def run(self, name: str, statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for statement in statements.split(";"):
                if statement.strip():
                    connection.execute(statement.encode())

    def count(self, name: str, query: str) -> int:
        """The one number that `query` finds."""
        with psycopg.connect(self.url(name)) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0

    def pids(self) -> list[int]:
        """The server's processes now."""
        return tree_of(self.cluster.pid) if self.cluster.pid else []

    def pin(self, cores: set[int]) -> None:
        """Keep the server, and what it will start, to `cores`."""
        for pid in self.pids():
            subprocess.run(
                ["taskset", "-cp", ",".join(map(str, sorted(cores))), str(pid)], capture_output=True, check=False
            )

    def facts(self) -> dict[str, str]:
        """The settings that decide what a commit costs."""
        with psycopg.connect(self.url("postgres")) as connection:
            rows = connection.execute(
                "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS)]
            ).fetchall()
        return {f"postgres {name}": value for name, value in rows}


@contextmanager
def run_database() -> Iterator[Database]:
    """Start the bench's cluster under var/bench/postgres; stop it at the end."""
    port = free_port()
    with Cluster(VAR / "postgres", shared_buffers="1GB", tcp_port=port) as cluster:
        yield Database(cluster, port)
