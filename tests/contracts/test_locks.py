"""The locks install the same thing everywhere: by hash, from wherever the reader's pip looks."""

import re
from pathlib import Path

import pytest

LOCKS = sorted((Path(__file__).parents[2] / "requirements").glob("*.txt"))


def read_pins(lock: Path) -> dict[str, str]:
    """Return each package's pinned version."""
    return dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_index_and_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index|--find-links|--trusted)", text, re.MULTILINE)
    assert text.count("==") <= text.count("--hash=sha256:")


@pytest.mark.parametrize("name", ["test", "bench"])
def test_what_runs_is_the_same_everywhere(name: str) -> None:
    run, more = (read_pins(LOCKS[0].with_name(f"{lock}.txt")) for lock in ("run", name))
    assert run.items() <= more.items()
