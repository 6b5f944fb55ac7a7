"""The one thing that code with chance in it asks of its source, so that a test may pass a seeded one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Chance(Protocol):
    """`secrets`, `secrets.SystemRandom()` and `random.Random(seed)` all fit."""

    def choice(self, seq: Sequence[T], /) -> T: ...
