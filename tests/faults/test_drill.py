"""The short form of `make drill`: what can die dies under load, and nothing that was acked is lost."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest


@pytest.mark.timeout(240)
def test_nothing_acked_is_lost_whatever_dies(drill: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    done = drill("short")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    found = re.fullmatch(r"(\d+) acked, 0 lost, 0 doubled, 0 gaps", last)
    assert found, done.stdout
    assert int(found[1]) > 100
    for fault in ("server 1 killed", "worker killed", "Valkey killed", "PostgreSQL killed", "client process killed"):
        assert f"{fault}: " in done.stdout
