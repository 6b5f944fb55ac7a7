"""Pages of the frame: sign-in, enrolment, the first page; `own` holds what people change about their own sign-in."""

from __future__ import annotations

from backend.core.console.views import own
from backend.core.console.views.enrolling import enrol, enrol_second
from backend.core.console.views.signing import confirm, show_second, sign_in, sign_out
from backend.core.console.views.start import show_nothing, show_start

__all__ = [
    "confirm",
    "enrol",
    "enrol_second",
    "own",
    "show_nothing",
    "show_second",
    "show_start",
    "sign_in",
    "sign_out",
]
