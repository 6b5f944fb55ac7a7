"""What somebody who signs in to the console takes along of that: when, and with what; nothing that signs in."""

from __future__ import annotations

from collections.abc import Iterable

from backend.core.exports.registry import Asking, Row, at_once, each, leave_out, register_part, rows_of
from backend.core.staff.models import Enrolment, KnownBrowser, RecoveryCode, SecurityKey, Staff, StaffSession


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="console",
        says="How one signs in to the pages for staff, and since when.",
        read=at_once(_shown),
        models=(Staff, SecurityKey),
    )
    register_part(
        name="console_sessions",
        says="When one was signed in there.",
        read=rows_of(
            lambda account: StaffSession.objects.filter(staff=account.id), each(_session), by=("began_at", "id")
        ),
        models=(StaffSession,),
    )
    leave_out(Enrolment, KnownBrowser, RecoveryCode, why="what signs in: hashes of codes and tokens")


def _shown(asking: Asking) -> Iterable[Row]:
    there = Staff.objects.filter(account=asking.account).first()
    if there is None:
        return
    yield {
        "enrolled_at": there.enrolled_at,
        "security_keys_since": list(there.keys.order_by("id").values_list("created_at", flat=True)),
        "one_time_codes": there.totp is not None,
    }


def _session(there: StaffSession) -> Row:
    return {"began_at": there.began_at, "seen_at": there.seen_at, "ended_at": there.ended_at}
