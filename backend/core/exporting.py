"""What of the tables that everything stands on a member takes along: nothing, and why."""

from __future__ import annotations

from backend.core.exports.registry import leave_out
from backend.core.models import AuditCheck, AuditHead, KeptReply, Limit
from backend.core.sealing.models import DataKey, VaultKey
from backend.core.streams.models import Event, Stream


def register() -> None:
    """Called at `ready()`."""
    leave_out(AuditCheck, AuditHead, Limit, why="about nobody")
    leave_out(KeptReply, why="replies of the last day, of what is in other parts")
    leave_out(DataKey, VaultKey, why="keys")
    leave_out(
        Stream, Event, why="numbers and references by which devices catch up; what they refer to is in other parts"
    )
