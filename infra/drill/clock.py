"""A wall clock that steps, for the project's own processes alone: Debian's libfaketime, told by a file.

The monotonic clock is left as it is, and so is everybody else's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGE = "libfaketime"
INSTALL_S = 90
READ_AGAIN_S = 1  # how long the library goes by what it has read


def find_library() -> Path | None:
    """The library for threads, where Debian puts it."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def provide_library() -> tuple[Path | None, str]:
    """The library, installed by apt if need be and possible, or else why there is none."""
    found = find_library()
    if found is not None:
        return found, ""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None, f"{PACKAGE} is not installed, and only root can install it"
    try:
        subprocess.run(
            [apt, "install", "--yes", "--no-install-recommends", PACKAGE],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=INSTALL_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None, f"{PACKAGE} is not installed, and apt could not install it"
    return find_library(), f"{PACKAGE} is installed, but not where it was looked for"


class Clock:
    """The wall clock of the processes that start with `environment`."""

    def __init__(self, library: Path, file: Path) -> None:
        self.library = library
        self.file = file
        self.step(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to go by this clock."""
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": str(READ_AGAIN_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else each wait for the interpreter's lock spins
            "NO_FAKE_STAT": "1",
        }

    def step(self, seconds: int) -> None:
        """So far from the true time, from now on (within READ_AGAIN_S)."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self.file)
