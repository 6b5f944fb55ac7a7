"""The embedded cluster survives what happens to a developer's machine."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.embedded.postgres import Cluster, ClusterError, build_url, socket_dir


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder that the database's user can reach."""
    made = Path(tempfile.mkdtemp(prefix="naast test ", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def count_rows(cluster: Cluster) -> int:
    with psycopg.connect(cluster.url("postgres")) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row
    return int(row[0])


def test_data_survive_a_stop_and_a_power_cut(folder: Path) -> None:
    cluster = Cluster(folder / "pg")
    with cluster, psycopg.connect(cluster.url("postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    cluster.start()
    with psycopg.connect(cluster.url("postgres")) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    cluster.kill()
    with cluster:
        assert count_rows(cluster) == 2


def test_two_runs_do_not_share_a_folder(folder: Path) -> None:
    with Cluster(folder / "pg"), pytest.raises(ClusterError, match="Another run"):
        Cluster(folder / "pg").start()


def test_the_server_of_a_killed_run_is_replaced(folder: Path) -> None:
    abandoned = Cluster(folder / "pg")
    abandoned.start()
    server = abandoned._process
    assert server
    os.close(abandoned._lock or -1)  # as the system does when a run is killed
    with Cluster(folder / "pg", durable=False) as cluster:
        assert server.wait(10) == 0
        with psycopg.connect(cluster.url("postgres")) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_a_pid_file_that_names_another_program_is_no_obstacle(folder: Path) -> None:
    cluster = Cluster(folder / "pg")
    cluster.start()
    pid_file = cluster.home / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    cluster.kill()
    with subprocess.Popen(["sleep", "60"]) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))
        with cluster:
            assert cluster.is_running()
        assert other.poll() is None
        other.terminate()


def test_a_folder_out_of_reach_sends_the_data_elsewhere_and_back_again(folder: Path) -> None:
    folder.chmod(0o700)
    for _ in range(2):
        with Cluster(folder / "pg") as cluster, psycopg.connect(cluster.url("postgres")) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS one")
            # Only root has a server that runs as somebody else.
            assert bool(cluster.notice) == (os.geteuid() == 0)
            assert str(cluster.home) in (cluster.notice or str(folder / "pg"))
    with cluster:
        assert count_rows(cluster) == 1
    if cluster.home != folder / "pg":
        shutil.rmtree(cluster.home)


def test_the_socket_is_private_and_its_path_short(folder: Path) -> None:
    deep = folder / ("deep/" * 40) / "pg"
    with Cluster(deep, durable=False):
        path = socket_dir(deep)
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert len(str(path / ".s.PGSQL.5432")) < 107
        assert str(path) in build_url(deep, "naast")
    assert not path.exists()


def test_somebody_elses_socket_folder_is_refused(folder: Path) -> None:
    squatted = socket_dir(folder / "pg")
    squatted.mkdir(mode=0o777)
    squatted.chmod(0o777)
    with pytest.raises(ClusterError, match="not a private folder"):
        Cluster(folder / "pg").start()
    assert not squatted.exists()
