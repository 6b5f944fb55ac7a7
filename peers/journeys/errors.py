"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Invalid


class ValueUnknown(Invalid):
    """Not one of the values that there are."""

    code = "not_choice"


class GoalsFull(Conflict):
    """More goals than fit on any screen; one can be removed."""

    code = "goals_full"
