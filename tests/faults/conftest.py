"""Drills against a house of their own: real servers, real databases, fsync on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def drill() -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """Run a form of the drill in a folder of its own, to its end."""
    # In /tmp: the database's user must be able to reach it.
    folder = Path(tempfile.mkdtemp(prefix="naast-drill-", dir="/tmp"))
    folder.chmod(0o711)

    def run(form: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "DRILL": form, "NAAST_VAR": str(folder)}
        return subprocess.run(
            [sys.executable, "-m", "infra.drill"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )

    yield run
    for elsewhere in folder.glob("drill/*/postgres/elsewhere"):
        shutil.rmtree(elsewhere.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
