"""A drill that sees nothing is worth nothing: without a guard it goes red."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mutant", ["no-mending", "early-ack"])
def test_the_drill_goes_red(drill: Callable[[str], subprocess.CompletedProcess[str]], mutant: str) -> None:
    done = drill(f"mutants:{mutant}")
    found = re.search(r"^mutant .*: \d+ acked, (\d+) lost, \d+ doubled, \d+ gaps: red", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    assert int(found[1]) > 0
    assert done.returncode == 0
