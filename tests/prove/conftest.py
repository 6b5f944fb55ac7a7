"""Says at the end what was walked: zones, check-ins that were due, changes of the clock."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures of `docs/aftercare.md`, added up over all processes."""
    total: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        if isinstance(report, pytest.TestReport) and report.when == "call":
            for name, count in report.user_properties:
                total[name] += int(str(count))
    if total:
        terminalreporter.write_line(", ".join(f"{count:,} {name}" for name, count in total.items()))
