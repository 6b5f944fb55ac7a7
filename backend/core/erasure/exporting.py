"""An erasure is in no file that somebody takes along."""

from __future__ import annotations

from backend.core.erasure.models import Erasure, Piece
from backend.core.exports.registry import leave_out


def register() -> None:
    """Called at `ready()`."""
    leave_out(Erasure, Piece, why="when one asked for all of it to go; `GET /me/erasure` tells it")
