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


def test_the_test_lock_holds_what_runs() -> None:
    run, test = (read_pins(lock) for lock in LOCKS)
    assert run.items() <= test.items()
