"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Invalid, TooMany


class ValueUnknown(Invalid):
    """Not one of the values that there are."""

    code = "not_choice"


class WishesContradict(Invalid):
    """A language is both wished for and avoided."""

    code = "wishes_contradict"


class ManyRequests(TooMany):
    """Wishes were changed too often; the open request stays."""

    code = "many_requests"


class NotWaiting(Conflict):
    """An organisation steps in for who waits."""

    code = "not_waiting"
