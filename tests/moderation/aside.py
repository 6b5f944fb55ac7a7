"""Asking for what is done beside a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from moderation.actions.asides import Wanted, ask_aside
from moderation.models import Decision
from tests.cast import Person


def unseal(by: Person, case: UUID, *, now: datetime, **given: Any) -> Decision:
    """Ask to unseal who the case is about, or who made a report."""
    return _ask(by, case, now, kind="unseal_identity", **given)


def disclose(by: Person, case: UUID, *, now: datetime, **given: Any) -> Decision:
    """Ask to tell the police."""
    wanted = {"authority": "Police of the city", "reference": "2026-4711", "basis": "dsa_18", "told": ("region",)}
    return _ask(by, case, now, kind="disclose", **{**wanted, **given})


def _ask(by: Person, case: UUID, now: datetime, **given: Any) -> Decision:
    wanted = {"facts": "Kanarie: we feared for you", "why": "Kanarie: wrote goodbye", **given}
    return ask_aside(by=by.account, case=case, wanted=Wanted(**wanted), now=now)
