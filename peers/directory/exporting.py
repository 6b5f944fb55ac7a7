"""What of the directory a member takes along: nothing, for it knows nobody."""

from __future__ import annotations

from backend.core.exports.registry import leave_out
from peers.directory.models import Edition, Entry, Gap, Helpline, Problem, Question


def register() -> None:
    """Called at `ready()`."""
    leave_out(Entry, why="public; who answers for an entry does so for their organisation")
    leave_out(Edition, Gap, Helpline, Problem, Question, why="about nobody; letters have no sender")
