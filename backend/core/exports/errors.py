"""Refusals about taking data along, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict


class ExportNotReady(Conflict):
    """The file is not made yet, or could not be made."""

    code = "export_not_ready"
