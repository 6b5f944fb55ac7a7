"""What may be said of an exception: its kind and its places. Its text may hold people's words, or a whole row."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

FRAMES = 12  # the innermost


def describe(exc: BaseException) -> dict[str, Any]:
    """`error` and `causes` (names of kinds), `frames` (file:line function)."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(exc.__traceback__)]
    causes = [type(cause).__name__ for cause in _causes(exc)]
    return {"error": type(exc).__name__, "causes": causes, "frames": frames[-FRAMES:]}


def _causes(exc: BaseException) -> Iterator[BaseException]:
    cause = exc.__cause__ or exc.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
