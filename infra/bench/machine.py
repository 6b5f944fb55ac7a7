"""Processes, cores and files of a bench: start and stop, CPU and memory from /proc, facts."""

import hashlib
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "bench"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = {CORES[0]}, {CORES[-1]}
KIB = 1024


def compile_c(source: Path, *, shared: bool = False) -> Path:
    """The compiled form of a C file, made once for each content with the system's compiler."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    target = VAR / "bin" / f"{source.stem}-{digest}{'.so' if shared else ''}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}")
        flags = ["-shared", "-fPIC"] if shared else []
        subprocess.run(["cc", "-O2", *flags, "-o", fresh, source], check=True)
        fresh.rename(target)
    return target


def free_port() -> int:
    """A TCP port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None, timeout_s: float = 40) -> None:
    """Return when something listens on `port`; RuntimeError when the process ends or time is up."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process is not None and process.poll() is not None:
                raise RuntimeError(f"{process.args!r} ended with {process.returncode}") from None
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


def start_process(
    command: Sequence[str | Path],
    *,
    cores: set[int] | None = None,
    env: Mapping[str, str] | None = None,
    log: str = "process",
    cwd: Path = ROOT,
) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own, kept to `cores`; its output goes to var/bench/log."""
    (VAR / "log").mkdir(parents=True, exist_ok=True)
    pin = ["taskset", "-c", ",".join(map(str, sorted(cores)))] if cores else []
    with (VAR / "log" / f"{log}.log").open("wb") as out:
        return subprocess.Popen(
            [*pin, *map(str, command)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop_process(process: subprocess.Popen[bytes], *, hard: bool = True) -> None:
    """End the process and its whole group; softly first unless `hard`."""
    if not hard and process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def tree_of(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += tree_of(int(child))
    except OSError:
        pass
    return found


def cpu_s_of(pids: Iterable[int]) -> float:
    """User and system seconds that the processes have used up to now."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) * TICK_S
    return total


def memory_kib_of(pids: Iterable[int]) -> int:
    """Proportional memory (PSS) of the processes in KiB: shared pages are shared out."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _version(*command: str) -> str:
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return "none"
    return out.strip().splitlines()[0] if out.strip() else "none"


def machine_facts() -> dict[str, str]:
    """What a reader needs to judge the figures: cores, memory, kernel, file system, versions."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // KIB
    VAR.mkdir(parents=True, exist_ok=True)
    return {
        "cores": str(os.cpu_count()),
        "cpu": model or platform.machine(),
        "memory": f"{memory} MiB",
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "disk": _version("stat", "-f", "-c", "%T", str(VAR)),
        "load before": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
        "node": _version("node", "--version"),
        "at": time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()),
    }
