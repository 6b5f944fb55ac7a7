"""What of its own files a member takes along."""

from __future__ import annotations

from backend.core.exports.models import Export, Piece
from backend.core.exports.registry import each, leave_out, register_part, rows_of


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="exports",
        says="When this file was asked for.",
        read=rows_of(lambda account: Export.objects.filter(account=account), each(_shown), by=("asked_at", "id")),
        models=(Export,),
    )
    leave_out(Piece, why="the file itself")


def _shown(there: Export) -> dict[str, object]:
    return {"asked_at": there.asked_at}
