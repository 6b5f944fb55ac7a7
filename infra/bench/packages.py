"""Programs that the machine may lack: fetched by name, kept under var/bench, never installed.

Debian packages are unpacked into a folder, so no daemon starts and nobody needs to be root.
"""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from infra.bench.machine import VAR
from infra.bench.refs.subject import Unavailable

NODE = VAR / "node"
DEBIAN = VAR / "debian"


@cache
def install_npm(*names: str) -> Path:
    """The node_modules folder that has all of `names`; fetched with npm when one is missing."""
    modules = NODE / "node_modules"
    missing = [name for name in names if not (modules / name).is_dir()]
    if missing:
        if shutil.which("npm") is None:
            raise Unavailable("no npm here")
        NODE.mkdir(parents=True, exist_ok=True)
        if not (NODE / "package.json").exists():
            (NODE / "package.json").write_text('{"private": true}\n')
        _run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *missing, cwd=NODE)
    return modules


@cache
def unpack_debian(*names: str) -> Path:
    """A folder like / that holds the packages `names` and what the system lacks of their dependencies."""
    root, mark = DEBIAN / "root", DEBIAN / f"{'+'.join(names)}.done"
    if mark.exists():
        return root
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Unavailable("no apt here")
    archives = DEBIAN / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    plan = _plan(names)
    if plan is None and os.geteuid() == 0:
        _run("apt-get", "update")
        plan = _plan(names)
    if plan is None:
        raise Unavailable(f"apt knows no {' or no '.join(names)}")
    _run("apt-get", "download", *plan, cwd=archives)
    for archive in sorted(archives.glob("*.deb")):
        _run("dpkg-deb", "-x", str(archive), str(root))
        archive.unlink()
    mark.touch()
    return root


def _plan(names: tuple[str, ...]) -> list[str] | None:
    """The packages that an installation would add; None when apt does not know one."""
    asked = subprocess.run(
        ["apt-get", "install", "--simulate", "--no-install-recommends", *names],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    if asked.returncode:
        return None
    return sorted({*re.findall(r"^Inst (\S+)", asked.stdout, re.M), *names})


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-300:]}")
