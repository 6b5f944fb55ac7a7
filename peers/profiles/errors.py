"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Invalid


class ValueUnknown(Invalid):
    """Not one of the values that there are."""

    code = "not_choice"
