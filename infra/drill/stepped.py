"""One of the project's programs under a clock that steps: `python -m infra.drill.stepped (-m module | script) …`.

libfaketime 0.9.10 answers EINVAL to a sleep with a monotonic deadline, which is how Python 3.11 and later sleep; on a
lock, which it leaves alone, waiting works as ever.
"""

from __future__ import annotations

import runpy
import sys
import threading
import time


def sleep(seconds: float) -> None:
    """As `time.sleep`."""
    threading.Event().wait(seconds)


if __name__ == "__main__":
    time.sleep = sleep  # type: ignore[assignment]
    del sys.argv[0]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")
